from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import load_catalog
from booking.desk import BookingDesk, BookingRequest
from booking.models import Actor, Appointment
from database import build_engine, build_sessions
from receptionist import now
from tests.dashboard.browser import HASH, Browser
from tests.e2e.product import Product, running_product

NO_MODEL = "ws://127.0.0.1:1"
ADA = Actor("caller", "+12125550001", "CA-ada")
EVIL = "Ada <script>alert(1)</script>"


async def booked(desk: BookingDesk) -> Appointment:
    """A hot stone massage in the days to come, by a caller with an odd name."""
    treatment = desk.catalog.treatment_named("hot stones")
    first = desk.today() + timedelta(days=2)
    found = await desk.find_openings(treatment, first, last_day=first + timedelta(days=7))
    request = BookingRequest(treatment, found.openings[0].starts_at, name=EVIL)
    return await desk.book(request, ADA)


@pytest.fixture
async def product(tmp_path: Path) -> AsyncGenerator[Product]:
    """A server whose staff have a password."""
    async with running_product(NO_MODEL, tmp_path, dashboard_password=HASH) as running:
        yield running


@pytest.fixture
async def browser(product: Product) -> AsyncGenerator[Browser]:
    """A browser in which nobody has logged in."""
    async with httpx.AsyncClient(base_url=f"{product.origin}/dashboard") as http:
        yield Browser(http)


@pytest.fixture
async def sessions(product: Product) -> AsyncGenerator[async_sessionmaker[AsyncSession]]:
    engine = build_engine(product.database_url)
    yield build_sessions(engine)
    await engine.dispose()


@pytest.fixture
def desk(sessions: async_sessionmaker[AsyncSession], tmp_path: Path) -> BookingDesk:
    """The desk that the product works at."""
    return BookingDesk(load_catalog(tmp_path / "spa.toml"), sessions, now)


@pytest.fixture
async def appointment(desk: BookingDesk) -> Appointment:
    return await booked(desk)
