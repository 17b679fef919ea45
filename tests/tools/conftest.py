import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.desk import BookingDesk
from tests.tools.setting import MARIA, TOM, Call, open_desk


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Tools do not know the engine: one is enough."""
    return sqlite_url


@pytest.fixture
def desk(engine: AsyncEngine) -> BookingDesk:
    return open_desk(engine)


@pytest.fixture
def maria(desk: BookingDesk) -> Call:
    return Call(desk, MARIA)


@pytest.fixture
def tom(desk: BookingDesk) -> Call:
    return Call(desk, TOM, "CA2")


@pytest.fixture
def nobody(desk: BookingDesk) -> Call:
    return Call(desk, None, "CA3")
