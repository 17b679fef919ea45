"""Who says nothing, and who reads nothing, keeps no caller away."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

from websockets.asyncio.client import connect

from calls.records import CallRecords, Outcome
from database import build_engine, build_sessions
from receptionist import now
from simulator.caller import Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from simulator.stream import Stream
from simulator.stream_writer import CONNECTED, StreamWriter
from telephony.patience import MAX_SILENT
from tests.e2e.product import ACCOUNT, CALLER, DESK, Answers, Product, running_product
from tests.e2e.ringing import CALL_SID, FORM, post, ring, signed

HELLO = [Say("Hello.", audio=b"\x70" * 4000)]
STORY = [Say("A long story.", audio=b"\x70" * 8000 * 80)]


async def stay(line: Line) -> None:
    await line.listen(settle_secs=0.1)


def address(product: Product) -> tuple[str, int]:
    host, _, port = product.origin.removeprefix("http://").partition(":")
    return host, int(port)


async def test_two_hundred_who_say_nothing_keep_no_caller_away(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(HELLO)) as model,
        running_product(model.url, tmp_path) as product,
    ):
        silent = [await asyncio.open_connection(*address(product)) for _ in range(200)]
        record = await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=stay)
        assert record.verbs == ["connect"]
        for reader, _ in silent[: 200 - MAX_SILENT]:
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        for _, writer in silent:
            writer.close()
    assert len(model.sessions) == 1


async def test_a_line_that_reads_nothing_is_cut_and_its_caller_reaches_a_person(
    tmp_path: Path,
) -> None:
    async with (
        RealtimeSimulator(lambda: Answers(STORY), speed_factor=300.0) as model,
        running_product(model.url, tmp_path) as product,
    ):
        verb = await ring(product)
        url, deaf = verb.stream_url, socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(address(product))
        async with connect(url, sock=deaf, additional_headers=signed(url)) as line:
            line.transport.pause_reading()
            stream = Stream("MZ1", CALL_SID, ACCOUNT.account_sid, verb.parameters)
            await line.send(CONNECTED)
            await line.send(StreamWriter(stream).start())
            while not model.sessions:  # noqa: ASYNC110  another server's
                await asyncio.sleep(0.01)
            await model.sessions[0].closed.wait()
            line.transport.abort()
        response = await post(f"{product.origin}/voice/after", FORM)
        engine = build_engine(product.database_url)
        outcome = await CallRecords(build_sessions(engine), now).outcome(CALL_SID)
        await engine.dispose()
    assert outcome is Outcome.FAILED
    assert f">{DESK}</Dial>" in response.text
