"""The site, built as `make docs` does."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot import build_pipeline
from realtime.pricing import load_prices
from reference.hooks import GENERATED
from settings import Settings
from tests.reference.pages import PAGES, ROOT
from tools import RECEPTIONIST_TOOLS

LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}


class Loads(HTMLParser):
    """What a page loads by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (address := dict(attrs).get(LOADED.get(tag, ""))) is not None:
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; whatever MkDocs warns of, a dead link for one, fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(  # noqa: S603  our own words
        [*command, "--site-dir", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def html(site: Path) -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in site.rglob("*.html"))


def test_every_page_is_on_the_site(site: Path) -> None:
    for page in PAGES:
        name = "index" if page.name == "README.md" else page.stem
        assert (site / f"{name}.html").exists()


def test_a_page_loads_nothing_from_anywhere_else(site: Path) -> None:
    addresses = [address for page in html(site) for address in Loads(page).found]
    assert len(addresses) > len(PAGES)
    assert [address for address in addresses if "//" in address] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"(@import|url\()\W*(https?:)?//", styles)
    # The theme would fetch Mermaid for a diagram in it.
    assert not any('class="mermaid"' in page for page in html(site))


def test_what_is_written_from_the_code_is_in_the_pages(site: Path) -> None:
    pages = "".join(html(site))
    assert "from the code:" not in pages
    assert "stages of a call, in order</title>" in pages
    words = [name.upper() for name in Settings.model_fields]
    words += [tool.__name__ for tool in RECEPTIONIST_TOOLS]
    words += [*load_prices().tokens, build_pipeline.__name__]
    assert [word for word in words if word not in pages] == []


def test_every_kind_that_is_written_from_the_code_is_used() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"<!-- from the code: (\S+) -->", text)) == set(GENERATED)
