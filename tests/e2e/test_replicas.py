"""Two processes share nothing but the database, and either may take over from the other."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from booking.outbox import Outbox
from booking.text_message import TextStatus
from calls.records import Outcome
from calls.tables import CallRow
from database import build_engine, build_sessions
from receptionist import now
from simulator.appointment_book import read_appointments
from simulator.caller import Line, place_call
from simulator.child import free_port
from simulator.realtime import CallTool, RealtimeSimulator, Say
from simulator.rest import TwilioRest
from simulator.scenario import Script
from tests.e2e.process import ServerProcess, server_process
from tests.e2e.product import ACCOUNT, DESK, DESK_SENTENCE, Answers
from tests.e2e.proxy import proxy
from tests.e2e.talk import Talk

ZONE = "America/New_York"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
PERSON = ["connect", f"say:{DESK_SENTENCE}", f"dial:{DESK}", "hangup"]
ACCEPTED = "Socket accepted"
MOST_TALKS = len(DAYS) - 1
"""Each books a day of its own, and so does who calls late."""

PATIENCE_SECS = 90.0
"""A text that was under way when its process was killed is looked after a minute later."""


class Bookings:
    """Agents that each book another day as soon as the caller is there, then say so."""

    def __init__(self) -> None:
        self.agents: list[Answers] = []

    def __call__(self) -> Answers:
        number = len(self.agents)
        day = Script(ZONE, now()).fill("{{ weekday('" + DAYS[number] + "') }}")
        when = {"service": "hot stones", "date": day, "time": "14:00", "name": "Maria Lopez"}
        done = [Say("You are booked.", audio=b"\x70" * 4000)]
        self.agents.append(Answers([CallTool("book_appointment", when)], done))
        return self.agents[-1]

    @property
    def acknowledged(self) -> int:
        """How many bookings the model was told of."""
        talks = [agent.conversations for agent in self.agents]
        results = [result for talk in talks if talk for result in talk[-1].function_outputs]
        return sum(bool(result["ok"]) for result in results)


@dataclass
class House:
    """Two replicas behind a proxy, with a model and a Twilio."""

    origin: str
    replicas: list[ServerProcess]
    database_url: str
    bookings: Bookings
    rest: TwilioRest

    @property
    def voice_url(self) -> str:
        return f"{self.origin}/voice"

    async def rows(self) -> dict[str, CallRow]:
        """The call records, by call, as soon as all calls are over."""
        engine = build_engine(self.database_url)
        found: list[CallRow] = []
        async with asyncio.timeout(PATIENCE_SECS):
            while not found or any(row.outcome == Outcome.TALKING for row in found):
                async with build_sessions(engine)() as session:
                    found = list(await session.scalars(select(CallRow)))
        await engine.dispose()
        return {row.call_sid: row for row in found}

    async def booked(self) -> list[str]:
        """When the appointments are that stand."""
        rows = await read_appointments(self.database_url, ZONE)
        return [row["starts_at"] for row in rows if row["status"] == "booked"]

    async def texts_delivered(self, count: int) -> None:
        """Wait until so many confirmations were delivered, each of them sent once."""
        engine = build_engine(self.database_url)
        outbox = Outbox(build_sessions(engine), now)
        async with asyncio.timeout(PATIENCE_SECS):
            while len(await outbox.latest(TextStatus.DELIVERED)) < count:  # noqa: ASYNC110  polled
                await asyncio.sleep(0.1)
        await engine.dispose()
        assert len(self.rest.messages) == len({text["to"] for text in self.rest.messages}) == count


def who(replica: ServerProcess, said: str) -> set[str]:
    """The calls of which a replica has logged something."""
    text = replica.log.read_text(encoding="utf-8")
    return set(re.findall(rf"(CA[0-9a-f]{{32}}) {said}", text))


@pytest.fixture
async def house(postgres_url: str, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_house(postgres_url, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def open_house(database_url: str, folder: Path) -> AsyncGenerator[House]:
    bookings, port = Bookings(), free_port()
    origin = f"http://127.0.0.1:{port}"
    async with (
        TwilioRest(ACCOUNT) as rest,
        RealtimeSimulator(bookings) as model,
        AsyncExitStack() as stack,
    ):
        settings = {
            "DATABASE_URL": database_url,
            "PUBLIC_URL": origin,
            "WARM_CALLS": "0",
            "TWILIO_ACCOUNT_SID": ACCOUNT.account_sid,
            "TWILIO_PHONE_NUMBER": ACCOUNT.number,
            "TWILIO_API_URL": rest.url,
        }
        starting = [
            server_process(model.url, folder, name=name, **settings) for name in ("one", "two")
        ]
        replicas = await asyncio.gather(*map(stack.enter_async_context, starting))
        one, two = (int(replica.origin.rpartition(":")[2]) for replica in replicas)
        await stack.enter_async_context(proxy(port, (one, two)))
        yield House(origin, replicas, database_url, bookings, rest)
        assert rest.problems == []


async def hear(line: Line) -> None:
    await line.listen(settle_secs=0.1)


def number(count: int) -> str:
    """The number of another caller."""
    return f"+1617555{count:04}"


async def test_the_socket_may_come_to_another_replica_than_the_webhook(house: House) -> None:
    for count in range(3):
        record = await place_call(house.voice_url, ACCOUNT, from_=number(count), script=hear)
        assert record.verbs == ["connect"]
        rang, accepted = (
            [record.call_sid in who(replica, said) for replica in house.replicas]
            for said in ("Phone rings", ACCEPTED)
        )
        assert (sum(rang), sum(accepted)) == (1, 1)
        if rang != accepted:
            break
        async with httpx.AsyncClient() as http:
            await http.get(house.origin)  # the proxy's two turns are now out of step
    else:
        pytest.fail("the proxy never sent the socket elsewhere")
    rows = await house.rows()
    assert [row.outcome for row in rows.values()] == [Outcome.COMPLETED] * (count + 1)
    assert len(await house.booked()) == count + 1 == house.bookings.acknowledged
    await house.texts_delivered(count + 1)


async def test_when_a_replica_is_killed_the_other_takes_over(house: House) -> None:
    one, two = house.replicas
    async with AsyncExitStack() as stack:
        talks: list[Talk] = []
        # How many each gets depends on what else the proxy was asked.
        while len(talks) < MOST_TALKS and not all(
            who(replica, ACCEPTED) for replica in house.replicas
        ):
            talk = Talk(house.voice_url, number(len(talks)))
            talks.append(await stack.enter_async_context(talk))
        assert house.bookings.acknowledged == len(talks)
        one.process.kill()
        await one.process.wait()
        lost, kept = [who(replica, ACCEPTED) for replica in house.replicas]
        records = [
            await (talk.end() if talk.call_sid in lost else talk.hang_up()) for talk in talks
        ]
        late = await place_call(house.voice_url, ACCOUNT, from_=number(len(talks)), script=hear)
    assert lost
    assert kept
    assert sorted([*lost, *kept]) == sorted(talk.call_sid for talk in talks)
    for record in records:
        assert record.verbs == (PERSON if record.call_sid in lost else ["connect"])
    assert late.call_sid in who(two, "Phone rings") & who(two, ACCEPTED)
    rows = await house.rows()
    for sid, row in rows.items():
        assert row.outcome == (Outcome.FAILED if sid in lost else Outcome.COMPLETED)
        assert row.desk_answer == ("completed" if sid in lost else None)
    booked = await house.booked()
    assert len(booked) == len(set(booked)) == len(talks) + 1 == house.bookings.acknowledged
    await house.texts_delivered(len(talks) + 1)
