from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.catalog import load_catalog
from booking.desk import BookingDesk
from database import build_engine, build_sessions
from receptionist import now
from tests.dashboard.browser import HASH, Browser
from tests.e2e.product import Product, running_product

NO_MODEL = "ws://127.0.0.1:1"


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
