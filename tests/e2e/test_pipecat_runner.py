"""`python bot.py -t twilio`: the same call path, run by Pipecat's own runner."""

import asyncio
import os
import socket
import sys
from argparse import Namespace
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from fastapi import WebSocket
from pipecat.runner.types import (
    DailyRunnerArguments,
    SmallWebRTCRunnerArguments,
    WebSocketRunnerArguments,
)
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecatcloud.agent import WebSocketSessionArguments
from websockets.asyncio.client import connect

from bot import bot
from database import prepare_schema
from simulator.line import Line, Stream
from simulator.realtime import RealtimeSimulator, Say
from simulator.signing import handshake_signature
from tests.e2e.product import ACCOUNT, SPA_FILE, Answers
from tests.telephony.line import open_line

ROOT = Path(__file__).parents[2]
TUNNEL = "spa.example.com"
ANSWER = b"\x70" * 4000


def environment(model_url: str, folder: Path) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": "sk-test",
        "OPENAI_REALTIME_URL": model_url,
        "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        "PUBLIC_URL": "https://spa.example.com",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/spaline.db",
        "SPA_FILE": str(SPA_FILE),
    }


async def hear_the_greeting(url: str, token: str = ACCOUNT.auth_token) -> bytes:
    """Call in as Twilio would, without any parameters, and listen."""
    stream = Stream("MZ1", "CA" + "1" * 32, ACCOUNT.account_sid, {})

    async def listen(line: Line) -> None:
        await line.listen(settle_secs=0.2)

    headers = {"X-Twilio-Signature": handshake_signature(token, f"wss://{TUNNEL}/ws")}
    async with connect(url, additional_headers=headers, compression=None) as socket_:
        await Line(socket_, stream).run(listen)
    return b"".join(heard.mulaw for heard in stream.playout.heard)


@pytest.mark.parametrize(
    "called_with",
    [WebSocketRunnerArguments, partial(WebSocketSessionArguments, session_id="one")],
    ids=["runner", "cloud"],
)
async def test_bot_answers_a_websocket_of_pipecats_runner_and_of_pipecat_cloud(
    called_with: type[WebSocketRunnerArguments],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await bot(called_with(websocket=websocket))

    async with RealtimeSimulator(lambda: Answers([Say("Hi.", audio=ANSWER)])) as model:
        for name, value in environment(model.url, tmp_path).items():
            monkeypatch.setenv(name, value)
        await prepare_schema(os.environ["DATABASE_URL"])
        async with open_line(endpoint) as url:
            assert await hear_the_greeting(url) == ANSWER
        texts = str(model.sessions[0].received)
    assert "withheld" in texts


async def test_bot_refuses_a_line_that_it_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment("ws://127.0.0.1:9", tmp_path).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="daily"):
        await bot(DailyRunnerArguments(room_url="https://spa.daily.co/one"))


async def test_no_model_is_asked_for_a_browser_where_a_telephone_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = SmallWebRTCRunnerArguments(webrtc_connection=SmallWebRTCConnection())
    browser.cli_args = Namespace(transport="twilio", proxy=TUNNEL)
    async with RealtimeSimulator(Answers) as model:
        for name, value in environment(model.url, tmp_path).items():
            monkeypatch.setenv(name, value)
        await bot(browser)
    assert model.sessions == []
    assert browser.webrtc_connection.pc.connectionState == "closed"


@asynccontextmanager
async def pipecat_runner(
    model_url: str, folder: Path, *, bot: Path = ROOT / "bot.py", line: str | None = "twilio"
) -> AsyncGenerator[int]:
    """`python bot.py` as a developer types it; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(bot),
        *(("-t", line, "-x", TUNNEL) if line else ()),
        *("--host", "127.0.0.1", "--port", str(port)),
        env=os.environ | environment(model_url, folder),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        await process.wait()


async def test_the_runner_itself_carries_a_call_and_only_one_of_twilios(tmp_path: Path) -> None:
    async with RealtimeSimulator(lambda: Answers([Say("Hi.", audio=ANSWER)])) as model:
        await prepare_schema(environment("", tmp_path)["DATABASE_URL"])
        async with pipecat_runner(model.url, tmp_path) as port, asyncio.timeout(60):
            heard = b""
            while not heard:
                try:
                    heard = await hear_the_greeting(f"ws://127.0.0.1:{port}/ws")
                except OSError:  # it is still starting
                    await asyncio.sleep(0.2)
            assert not await hear_the_greeting(f"ws://127.0.0.1:{port}/ws", token="another")
    assert heard == ANSWER
    assert len(model.sessions) == 1
