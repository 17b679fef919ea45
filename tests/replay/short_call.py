"""A call of a few seconds with a bit of everything: barge-in, a tool, keys, a hang-up."""

from pathlib import Path
from typing import Any

from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.e2e.product import ACCOUNT, CALLER, Answers, running_product

GREETING = "Thank you for calling Serenity Spa. How can I help you today, and who is calling?"


def agent() -> Answers:
    return Answers(
        [Say(GREETING)],
        [CallTool("list_treatments")],
        [Say("We have eight.")],
        [Say("Thank you.")],
    )


async def caller(line: Line) -> None:
    await line.hear_agent(700, within_secs=10)
    await line.say("Stop.")
    await line.listen(settle_secs=0.2)
    await line.press("5#")
    await line.listen(settle_secs=0.2)
    await line.hang_up()


async def captured_call(folder: Path, **changes: Any) -> Path:
    """The folder of captures, after one call of a server that captures."""
    changes = {"capture_calls": True, "capture_folder": folder / "captures"} | changes
    async with (
        RealtimeSimulator(agent) as model,
        running_product(model.url, folder, **changes) as product,
    ):
        await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=caller)
    return folder / "captures"


if __name__ == "__main__":
    import asyncio
    import shutil
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        found = asyncio.run(captured_call(Path(name)))
        for path in found.glob("*.jsonl"):
            shutil.copy(path, Path(__file__).parent / "captures" / "short_call.jsonl")
