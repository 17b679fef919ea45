"""Two callers who want the same opening at the same moment, on a real database."""

import asyncio
from pathlib import Path

from receptionist import now
from simulator.appointment_book import read_appointments
from simulator.caller import Line, place_call
from simulator.realtime import CallTool, RealtimeSimulator, Say
from simulator.scenario import Script
from tests.e2e.product import ACCOUNT, Answers, running_product

TUESDAY = "{{ weekday('tuesday') }}"
CALLERS = ["+16175551212", "+12125550147", "+13105550188"]


async def test_one_of_three_callers_gets_the_opening_and_the_others_hear_others(
    tmp_path: Path,
) -> None:
    day = Script("America/New_York", now()).fill(TUESDAY)
    when = {"service": "hot stones", "date": day, "time": "14:00", "name": "Maria Lopez"}
    wish = CallTool("book_appointment", when)
    agents: list[Answers] = []

    def agent() -> Answers:
        agents.append(Answers([wish], [Say("Done.", audio=b"\x70" * 4000)]))
        return agents[-1]

    async def listen(line: Line) -> None:
        await line.listen(settle_secs=0.3)

    async with (
        RealtimeSimulator(agent) as model,
        running_product(model.url, tmp_path) as product,
    ):
        async with asyncio.TaskGroup() as group:
            for caller in CALLERS:
                group.create_task(
                    place_call(product.voice_url, ACCOUNT, from_=caller, script=listen)
                )
        rows = await read_appointments(product.database_url, "America/New_York")
    assert [(row["starts_at"], row["status"]) for row in rows] == [(f"{day} 14:00", "booked")]
    results = [agent.conversations[1].function_outputs[0] for agent in agents]
    assert sorted(result["ok"] for result in results) == [False, False, True]
    losers = [result for result in results if not result["ok"]]
    assert all(loser["reason"] == "opening_taken" and loser["openings"] for loser in losers)
