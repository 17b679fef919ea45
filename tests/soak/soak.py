"""Many short calls against one server process, while things go wrong at random."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from simulator.caller import AgentSilent, CallRecord, place_call
from simulator.load.process import Process
from simulator.realtime import RealtimeSimulator
from simulator.rest import TwilioRest
from simulator.twiml_reader import TwimlError
from tests.e2e.process import ServerProcess, server_process
from tests.e2e.product import ACCOUNT
from tests.soak.plan import CUTS, CallPlan, Plans
from tests.soak.report import SoakReport

SAMPLES = 8
"""How often the memory is looked at."""

PATIENCE_SECS = 90.0
"""How long after the last call everything may take to come to rest."""

EXPECTED = (
    "Webhook refused: not signed by Twilio",
    "Socket refused: not signed by Twilio",
    "Response was empty, asked for again",
    "Response failed, asked for again",
    "Model made up a tool call, which is refused",
    "Marks do not come back, going on by the clock",
)
"""What may be logged: the faults that were meant, and the remedies for them."""

OVERLOADED = (
    "aller has heard nothing for",
    "aller heard nothing for",
    "can no longer do its job",
    "took too long and was given up",
    "Call is handed over",
    "Call is not taken: every line is taken",
    "Call is not taken: it was not taken when it rang first",
    "Model session that was opened early is lost",
    "timed out waiting for task to cancel",
    "dangling tasks detected",
)
"""What is logged besides where the machine has more to do than it can; a caller who is handed over
then may have a booking of which no model could be told."""

SETTINGS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT.account_sid,
    "TWILIO_PHONE_NUMBER": ACCOUNT.number,
    "MAX_CALLS": "30",
    "DAILY_COST_LIMIT_USD": "0",
}

CALL_SID = re.compile("CA[0-9a-f]{32}")

BOOKED = "SELECT code, call_sid FROM appointments"
RECORDS = "SELECT call_sid, outcome, ended_at FROM calls"


async def soak(
    calls: int,
    at_once: int,
    seed: int,
    database_url: str,
    folder: Path,
    show: Callable[[str], None],
) -> SoakReport:
    """Make the calls, and see what they left.

    Args:
        calls: how many.
        at_once: how many of them run at the same time.
        seed: decides everything that happens by chance.
        database_url: an empty database with all tables.
        folder: for the log of the server.
        show: is told how far it is.
    """
    plans = Plans(seed, datetime.now(UTC).date())
    began = time.monotonic()
    async with (
        TwilioRest(ACCOUNT) as rest,
        RealtimeSimulator(plans.model) as model,
        server_process(
            model.url,
            folder,
            DATABASE_URL=database_url,
            TWILIO_API_URL=rest.url,
            **SETTINGS,
        ) as server,
    ):
        running = _Soak(server, model, plans, database_url)
        await running.play(calls, at_once, show)
        await running.rest_of(rest)
        running.report.secs = time.monotonic() - began
        return running.report


class _Soak:
    def __init__(
        self, server: ServerProcess, model: RealtimeSimulator, plans: Plans, database_url: str
    ) -> None:
        self.report = SoakReport(model_faults=plans.model_faults)
        self._server = server
        self._process = Process(server.process.pid)
        self._model = model
        self._plans = plans
        self._engine = create_async_engine(database_url)

    async def play(self, calls: int, at_once: int, show: Callable[[str], None]) -> None:
        """Make the calls."""
        plans = [self._plans.caller(number) for number in reversed(range(calls))]
        self.report.files.append(self._process.open_files)

        async def work() -> None:
            while plans:
                await self._call(plans.pop())
                self.report.calls += 1
                if self.report.calls % (calls // SAMPLES) == 0:
                    self._sample(show)

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())

    async def _call(self, plan: CallPlan) -> None:
        self.report.faults[plan.fault or "nothing wrong"] += 1
        if plan.fault in CUTS:
            self.report.cut_short.add(plan.call_sid)
        try:
            record = await place_call(
                self._server.voice_url,
                ACCOUNT,
                from_=plan.phone,
                call_sid=plan.call_sid,
                script=plan.script,
                signature=plan.signature,
                webhook_twice=plan.fault == "webhook twice",
            )
            self.report.endings[_ending(record)] += 1
        except TwimlError:
            self.report.endings["refused at the webhook"] += 1
        except AgentSilent:
            self.report.silent.append(f"call {plan.number} ({plan.fault})")

    def _sample(self, show: Callable[[str], None]) -> None:
        self._harvest()
        self.report.memory_mb.append(self._process.memory_mb)
        show(f"{self.report.calls} calls, the server has {self.report.memory_mb[-1]:.1f} MB")

    def _harvest(self) -> None:
        """Read what the models were told, and let go of it: this process is not to be full."""
        for session in self._model.sessions:
            for event in session.received:
                item: Any = event.get("item") or {}
                if item.get("type") == "function_call_output":
                    result: Any = json.loads(item["output"])
                    if "appointment" in result:
                        self.report.acknowledged.add(str(result["appointment"]["code"]))
            session.received.clear()

    async def rest_of(self, rest: TwilioRest) -> None:
        """Wait until everything has come to rest, or has had the time to, and read what is left."""
        until = time.monotonic() + PATIENCE_SECS
        while not await self._at_rest(rest) and time.monotonic() < until:  # noqa: ASYNC110  polled
            await asyncio.sleep(0.5)
        self._harvest()
        self.report.texts.update(str(message["to"]) for message in rest.messages)
        self.report.files.append(self._process.open_files)
        self._read_log()
        await self._engine.dispose()

    async def _at_rest(self, rest: TwilioRest) -> bool:
        rows = await self._rows(RECORDS)
        self.report.outcomes = Counter(str(row[1]) for row in rows)
        self.report.unfinished = [str(row[0]) for row in rows if row[2] is None]
        self.report.booked = {str(code): str(sid) for code, sid in await self._rows(BOOKED)}
        return not self.report.unfinished and len(rest.messages) >= len(self.report.booked)

    def _read_log(self) -> None:
        for line in self._server.complaints:
            meant = next((words for words in EXPECTED + OVERLOADED if words in line), None)
            if meant is None:
                self.report.lines.append(line)
                continue
            self.report.remedies[meant] += 1
            if meant in OVERLOADED:
                self.report.cut_short |= set(CALL_SID.findall(line))

    async def _rows(self, query: str) -> list[Any]:
        async with self._engine.connect() as connection:
            return list(await connection.execute(text(query)))


def _ending(record: CallRecord) -> str:
    verbs = [verb.partition(":")[0] for verb in record.verbs]
    return f"{' '.join(verbs)}, ended by {record.ended_by}"
