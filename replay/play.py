"""A captured call, played again: its messages come when they came, and ours are noted."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection

from agent import open_agent
from bot import build_llm, run_call
from calls.capture import Capture, Tap, sounding
from calls.records import CallRecords, Outcome
from calls.tapes import Tapes
from realtime.connection import ModelUnreachable
from realtime.recording import Recorder, Recording
from receptionist import Receptionist, open_receptionist
from replay.captured import Captured, Row, rows_of
from replay.same_ids import SameIds, own_item
from replay.sockets import ReplayedLine, ReplayedModel
from replay.tools import replayed_tools
from replay.virtual_loop import VirtualLoop
from settings import Settings
from telephony.caller_id import caller_phone

LONGEST_SECS = 120.0
"""How long, of virtual time, a call may still take when its capture is at its end."""

STEP_SECS = 1e-4
"""So close to each other messages were still one after the other."""


class KeptRecords(CallRecords):
    """Records of which nobody reads more than the end, and that need no database."""

    async def note_end(self, call_sid: str, outcome: Outcome, reason: str | None = None) -> None:
        """Take note of nothing: the capture does not have it either."""


class Player:
    """Plays one capture."""

    def __init__(self, captured: Captured, receptionist: Receptionist) -> None:
        """Set the stage.

        Args:
            captured: what is played.
            receptionist: as the server has it, without what would wait for anything outside.
        """
        self._captured = captured
        self._line = ReplayedLine()
        self._models: dict[str, ReplayedModel] = {}
        ours = [own_item(row.message) for row in captured.rows if row.way == "out"]
        self._ids = SameIds([item_id for item_id in ours if item_id])
        self._receptionist = replace(receptionist, connect=self._connect)
        self._loop = asyncio.get_running_loop()

    async def play(self) -> Capture:
        """Play to the end; gives what went over the wires this time."""
        head = {"facts": self._captured.head["facts"]}
        audio = bool(self._captured.head["audio"])
        capture = Capture(head, audio=audio, now_ms=lambda: self._loop.time() * 1000)
        agent = open_agent(self._receptionist, build_llm, self._tell, capture)
        call = asyncio.create_task(self._talk(agent))
        for row in self._captured.rows:
            if row.way != "out":
                await self._until(row.at_secs)
                self._deliver(row)
        self._line.close()
        async with asyncio.timeout(LONGEST_SECS):
            await call
        return capture

    async def _talk(self, agent: Any) -> None:
        await self._line.websocket.accept()
        start = next(row for row in self._captured.of("line", "in") if "start" in row.message)
        parameters = start.message["start"]["customParameters"]
        phone = caller_phone(parameters.get("customerPhone", ""))
        # The socket comes later than the webhook, and so does its application.
        await self._until(self._captured.of("line", "in")[0].at_secs)
        await run_call(self._line.websocket, self._receptionist, agent, lambda start: phone)

    async def _tell(self, greeted: bool) -> str:
        return str(self._captured.head["facts"])

    async def _connect(self, tap: Tap | None) -> ClientConnection:
        wire = f"model {len(self._models) + 1}"
        if tap is None or wire not in self._captured.wires:
            raise ModelUnreachable("the capture has no such connection")
        self._models[wire] = ReplayedModel(tap, self._ids)
        return self._models[wire]

    async def _until(self, at_secs: float) -> None:
        """Wait, but let everything be done before that follows from what was before."""
        await asyncio.sleep(max(at_secs - self._loop.time(), STEP_SECS))

    def _deliver(self, row: Row) -> None:
        other = self._line if row.wire == "line" else self._models.get(row.wire)
        if other is None:
            return
        if row.way == "in":
            # As it came: what takes the short way is known by how it is written.
            message = sounding(self._ids.translated(row.message))
            tight = row.wire != "line" or message.get("event") in ("media", "mark")
            other.say(json.dumps(message, separators=(",", ":") if tight else None))
        elif isinstance(other, ReplayedModel):
            other.lose()
        else:
            other.close()


@asynccontextmanager
async def _stage(captured: Captured, spa_file: Path) -> AsyncGenerator[Receptionist]:
    """What the call shares with others, at the time of the capture."""
    loop, begun_at = asyncio.get_running_loop(), datetime.fromisoformat(captured.head["begun_at"])
    with TemporaryDirectory() as folder:
        values: dict[str, Any] = captured.head["settings"] | {
            "openai_api_key": SecretStr("none"),
            "database_url": f"sqlite+aiosqlite:///{folder}/none.db",
            "spa_file": spa_file,
            "environment": "development",
            "log_speech": "off",
        }
        settings = Settings(_env_file=None, **values)  # pyright: ignore[reportCallIssue]  pydantic-settings takes it
        async with open_receptionist(settings) as whole:
            records = KeptRecords(whole.sessions, whole.desk.now)
            yield replace(
                whole,
                desk=whole.desk.with_clock(lambda: begun_at + timedelta(seconds=loop.time())),
                records=records,
                tapes=Tapes(whole.shelf, records, are_allowed=False),
                recorder=_recorder(captured, whole, Path(folder)),
                tools=replayed_tools(captured),
                now_ms=lambda: loop.time() * 1000,
            )


def _recorder(captured: Captured, whole: Receptionist, folder: Path) -> Recorder | None:
    """The recorded greeting of the capture, if it had one: as long, and silent."""
    if "recited" not in captured.head:
        return None
    text, size = captured.head["recited"]
    model = whole.settings.openai_realtime_model
    recorder = Recorder(
        text, folder, lambda: whole.connect(None), whole.options, model, lambda tokens: None
    )
    recorder.recording = Recording(text, b"\xff" * size)
    return recorder


def play(captured: Captured, spa_file: Path) -> Captured:
    """Play a capture against the code that runs; gives what went over the wires this time."""

    async def run() -> Captured:
        async with _stage(captured, spa_file) as receptionist:
            capture = await Player(captured, receptionist).play()
            return Captured(capture.head, rows_of(capture.rows()))

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(run())
