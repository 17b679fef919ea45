from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import ClauseElement, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from calls.figures import STEP_MS, CallFigures, costs, half_hours, latencies, outcomes
from calls.tables import CallRow, ModelUseRow, TurnRow
from database import build_engine, build_sessions
from tests.query_plan import query_plan

ZONE = ZoneInfo("America/New_York")
# The clocks go back between the two.
BOUNDS = [datetime(2026, 10, day, tzinfo=ZONE) for day in (19, 26)] + [
    datetime(2026, 11, 2, tzinfo=ZONE)
]

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return build_sessions(engine)


async def call(
    sessions: Sessions,
    rang_at: datetime,
    outcome: str = "completed",
    latencies_ms: Sequence[int | None] = (),
    costs_microdollars: Sequence[int | None] = (),
) -> None:
    sid = f"CA{rang_at.timestamp()}"
    of_call = {"call_sid": sid, "at": rang_at}
    tokens = dict.fromkeys(
        ("text_in", "audio_in", "cached_text_in", "cached_audio_in", "text_out", "audio_out"), 0
    )
    async with sessions.begin() as session:
        session.add(CallRow(call_sid=sid, dialled="", outcome=outcome, rang_at=rang_at))
        await session.flush()
        for place, ms in enumerate(latencies_ms):
            session.add(
                TurnRow(id=f"{sid}t{place}", who="agent", text="", latency_ms=ms, **of_call)
            )
        for place, cost in enumerate(costs_microdollars):
            session.add(
                ModelUseRow(
                    id=f"{sid}m{place}",
                    model="m",
                    heard_secs=0,
                    cost_microdollars=cost,
                    **tokens,
                    **of_call,
                )
            )


async def test_calls_belong_to_the_week_of_the_spa(sessions: Sessions) -> None:
    last_minute = timedelta(minutes=1)
    for at, outcome in (
        (BOUNDS[0] - last_minute, "failed"),
        (BOUNDS[0], "completed"),
        (BOUNDS[1] - last_minute, "transferred"),
        (BOUNDS[1], "missed"),
        (BOUNDS[2] - last_minute, "failed"),
        (BOUNDS[2], "refused"),
    ):
        await call(sessions, at, outcome)
    first, second = await CallFigures(sessions).called(BOUNDS)
    assert first.outcomes == {"completed": 1, "transferred": 1}
    assert second.outcomes == {"missed": 1, "failed": 1}
    assert (first.answered, second.answered) == (2, 1)


async def test_latencies_are_known_to_a_step_and_costs_as_far_as_prices_are(
    sessions: Sessions,
) -> None:
    await call(sessions, BOUNDS[0], latencies_ms=[None, *range(10, 1010, 10)])
    await call(sessions, BOUNDS[1], costs_microdollars=[1_500_000, None, 250_000])
    first, second = await CallFigures(sessions).called(BOUNDS)
    for share in (0.5, 0.95):
        exact = 1000 * share
        told = first.latency_ms(share)
        assert told is not None
        assert exact <= told <= exact + STEP_MS
    assert second.latency_ms(0.5) is None
    assert (first.cost_usd, second.cost_usd) == (0, 1.75)


async def test_hours_are_those_on_the_clock_at_the_spa(sessions: Sessions) -> None:
    for day in (30, 31):
        await call(sessions, datetime(2026, 10, day, 23, 45, tzinfo=ZONE))
    await call(sessions, datetime(2026, 11, 1, 23, 15, tzinfo=ZONE))  # in winter time
    kolkata = ZoneInfo("Asia/Kolkata")  # half an hour apart from everybody
    figures = CallFigures(sessions)
    assert await figures.busiest(BOUNDS[0], BOUNDS[2], ZONE) == {(4, 23): 1, (5, 23): 1, (6, 23): 1}
    assert await figures.busiest(BOUNDS[0], BOUNDS[2], kolkata) == {
        (5, 9): 1,
        (6, 9): 1,
        (0, 9): 1,
    }


@pytest.fixture
async def a_year(sqlite_url: str) -> AsyncGenerator[AsyncEngine]:
    """A year of calls, a hundred a day."""
    engine = build_engine(sqlite_url)
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    calls = [
        {
            "call_sid": f"CA{number}",
            "dialled": "",
            "outcome": "completed",
            "rang_at": begun + timedelta(minutes=14 * number),
        }
        for number in range(36_500)
    ]
    turns = [
        {
            "id": f"{one['call_sid']}t",
            "call_sid": one["call_sid"],
            "at": one["rang_at"],
            "who": "agent",
            "text": "Of course, at half past five.",
            "latency_ms": 700,
        }
        for one in calls
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(CallRow), calls)
        await connection.execute(insert(TurnRow), turns)
        await connection.execute(text("ANALYZE"))
    yield engine
    await engine.dispose()


async def test_figures_of_a_year_are_read_from_the_indices_alone(a_year: AsyncEngine) -> None:
    queries: list[tuple[str, ClauseElement]] = [
        ("calls_by_moment (rang_at>? AND rang_at<?)", outcomes(BOUNDS)),
        ("calls_by_moment (rang_at>? AND rang_at<?)", half_hours(BOUNDS[0], BOUNDS[2])),
        ("call_turns_by_moment (at>? AND at<?)", latencies(BOUNDS)),
        ("call_model_uses_by_moment (at>? AND at<?)", costs(BOUNDS)),
    ]
    async with a_year.connect() as connection:
        for index, query in queries:
            plan = await query_plan(connection, query)
            assert f"USING COVERING INDEX {index}" in plan[0], plan
    called = await CallFigures(build_sessions(a_year)).called(BOUNDS)
    # The clocks go back in the second week.
    assert [one.answered for one in called] == [720, 724]
