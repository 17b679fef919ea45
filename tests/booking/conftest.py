"""A desk on each database."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from booking.catalog import Catalog
from booking.desk import BookingDesk
from booking.outbox import Outbox
from database import build_sessions
from tests.booking.setting import FrozenClock, monday_morning, sample


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return sample()


@pytest.fixture
def clock() -> FrozenClock:
    return monday_morning()


@pytest.fixture
def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return build_sessions(engine)


@pytest.fixture
def desk(
    catalog: Catalog, sessions: async_sessionmaker[AsyncSession], clock: FrozenClock
) -> BookingDesk:
    return BookingDesk(catalog, sessions, clock)


@pytest.fixture
def outbox(sessions: async_sessionmaker[AsyncSession], clock: FrozenClock) -> Outbox:
    return Outbox(sessions, clock)
