from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.chromium import open_chromium, open_context
from tests.browser.house import Furnished, House, furnished_database, open_house
from tests.browser.staff import log_in
from tests.browser.watch import Watch

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder share a loop, and so a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncGenerator[Browser]:
    """A browser that all tests of a worker share; each has a context of its own."""
    async with open_chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """The database of a spa that has been open for a while, to be copied."""
    return await furnished_database(tmp_path_factory.mktemp("furnished"))


@pytest_asyncio.fixture(loop_scope="session")
async def house(furnished: Furnished, tmp_path: Path) -> AsyncGenerator[House]:
    """The spa, served from a database of this test's own."""
    async with open_house(furnished, tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser, house: House) -> AsyncGenerator[BrowserContext]:
    """A visitor with an empty browser."""
    context = await open_context(chromium, house.origin)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def watch(context: BrowserContext) -> AsyncGenerator[Watch]:
    """What went wrong in the visitor's pages; fails the test of whatever it did not expect."""
    watch = Watch()
    await watch.watch(context)
    yield watch
    assert watch.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, watch: Watch) -> Page:
    """A page in which Rosa has logged in."""
    page = await context.new_page()
    await log_in(page)
    return page
