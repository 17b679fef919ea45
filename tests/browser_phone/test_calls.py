"""A call from a browser is a call as any other, but for what only Twilio could do."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from simulator.realtime import CallTool, Conversation, Output, RealtimeSimulator, Say
from simulator.rest import TwilioRest
from tests.browser_phone.visitor import visiting
from tests.e2e.product import ACCOUNT, CALLER, DESK, DESK_SENTENCE, PROMPT, Answers, running_product

NO_MODEL = "ws://127.0.0.1:1"
GREETING = Say("Hi.", audio=b"\x70" * 800)


class Booker:
    """Books the first opening of a day before it says anything."""

    async def respond(self, conversation: Conversation) -> list[Output]:
        results: list[Any] = conversation.function_outputs
        if not results:
            return [CallTool("check_availability", {"service": "hot stones", "date": "tomorrow"})]
        if len(results) == 1:
            opening = results[0]["openings"][0]["opening_id"]
            return [CallTool("book_appointment", {"opening_id": opening, "name": "Maria Lopez"})]
        return [Say(results[1]["message"], audio=b"\x70" * 800)]

    def transcribe(self, turn: int) -> str | None:
        return None


async def test_a_caller_of_the_page_is_answered_and_missed_by_nobody(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers([GREETING])) as model,
        running_product(model.url, tmp_path) as product,
        visiting(product) as somebody,
    ):
        call = (await somebody.ring("617 555 1212")).json()
        assert call["parameters"]["customerPhone"] == CALLER
        async with somebody.stream(call) as socket:
            message = json.loads(await socket.recv())
            assert (message["event"], message["streamSid"]) == ("media", "MZ1")
            stop = {"accountSid": call["account_sid"], "callSid": call["call_sid"]}
            message = {"event": "stop", "sequenceNumber": "2", "stop": stop, "streamSid": "MZ1"}
            await socket.send(json.dumps(message))
        assert (await somebody.tell(call["call_sid"], "over")).status_code == 200
        async with asyncio.timeout(10):
            while (await somebody.happened(call["call_sid"]))["outcome"] == "talking":  # noqa: ASYNC110  the database has no event for it
                await asyncio.sleep(0.05)
        happened = await somebody.happened(call["call_sid"])
        assert happened["outcome"] == "completed"
        assert len(model.sessions) == 1


async def test_who_hangs_up_while_it_rings_is_missed(tmp_path: Path) -> None:
    async with running_product(NO_MODEL, tmp_path) as product, visiting(product) as somebody:
        call = (await somebody.ring("")).json()
        assert call["parameters"]["customerPhone"] == ""
        assert (await somebody.http.get("/ready")).json()["calls"] == 1
        await somebody.tell(call["call_sid"], "over")
        assert (await somebody.http.get("/ready")).json()["calls"] == 0
        assert (await somebody.happened(call["call_sid"]))["outcome"] == "missed"


@pytest.mark.parametrize(
    ("desk_open", "due"),
    [
        (True, {"kind": "desk", "said": DESK_SENTENCE, "number": DESK}),
        (False, {"kind": "voicemail", "said": PROMPT, "number": ""}),
    ],
)
async def test_a_call_that_fails_tells_what_a_telephone_would_do(
    desk_open: bool, due: dict[str, str], tmp_path: Path
) -> None:
    async with (
        running_product(NO_MODEL, tmp_path, desk_open=desk_open) as product,
        visiting(product) as somebody,
    ):
        call = (await somebody.ring()).json()
        async with somebody.stream(call) as socket:
            with pytest.raises(ConnectionClosed):
                await echo_marks(socket)
        assert (await somebody.tell(call["call_sid"], "after")).json() == due


@pytest.mark.parametrize(
    ("tool", "outcome", "due"),
    [
        ("end_call", "completed", {"kind": "goodbye", "said": "", "number": ""}),
        ("transfer_to_staff", "transferred", {"kind": "desk", "said": "", "number": DESK}),
    ],
)
async def test_what_the_agent_ends_is_ended_as_on_a_telephone(
    tool: str, outcome: str, due: dict[str, str], tmp_path: Path
) -> None:
    def agent() -> Answers:
        return Answers([CallTool(tool)], [GREETING])

    async with (
        RealtimeSimulator(agent) as model,
        running_product(model.url, tmp_path) as product,
        visiting(product) as somebody,
    ):
        call = (await somebody.ring()).json()
        async with somebody.stream(call) as socket:
            with pytest.raises(ConnectionClosed):
                await echo_marks(socket)
        assert (await somebody.tell(call["call_sid"], "after")).json() == due
        assert (await somebody.happened(call["call_sid"]))["outcome"] == outcome


async def echo_marks(socket: Any) -> None:
    """Play everything at once, as a line without a caller would."""
    number = 2
    while True:
        message = json.loads(await socket.recv())
        if message["event"] == "mark":
            await socket.send(json.dumps(message | {"sequenceNumber": str(number)}))
            number += 1


async def test_a_browser_takes_a_line_and_is_refused_where_there_is_none(tmp_path: Path) -> None:
    async with (
        running_product(NO_MODEL, tmp_path, max_calls=1) as product,
        visiting(product) as somebody,
    ):
        await somebody.ring()
        refused = (await somebody.ring()).json()
    assert refused["refused"] == "every line is taken"
    assert refused["next"]["kind"] == "desk"


async def test_what_a_browser_books_is_shown_and_never_texted(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(Booker) as model,
        TwilioRest(ACCOUNT) as rest,
        running_product(model.url, tmp_path, rest=rest) as product,
        visiting(product) as somebody,
    ):
        call = (await somebody.ring()).json()
        async with somebody.stream(call) as socket:
            assert json.loads(await socket.recv())["event"] == "media"
        happened = await somebody.happened(call["call_sid"])
        kinds = [text["kind"] for text in happened["texts"]]
        assert kinds[0] == "confirmation"
        assert "Hot stone massage" in happened["texts"][0]["body"]
        shown = (await somebody.http.get("/dashboard/messages")).text
        assert "nobody rang from that number" in shown
        assert rest.messages == []
