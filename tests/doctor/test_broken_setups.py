"""Each broken setup of docs/doctor.md is one really, and gets the line that the page says."""

import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.doctor.broken import BROKEN
from tests.doctor.clinic import Clinic, command, open_clinic
from tests.doctor.table import fits, row, rows

OLD = "websockets of 2023"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clinic(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Clinic]:
    """One that was well before, and is again after each test."""
    with pytest.MonkeyPatch.context() as environment:
        async with open_clinic(tmp_path_factory.mktemp("clinic"), environment) as opened:
            assert await opened.wrong(fix=True) == []
            yield opened


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_setup_gets_the_line_of_the_page(clinic: Clinic, name: str) -> None:
    (number,) = clinic.rest.phone_numbers
    before = dict(number)
    async with BROKEN[name](clinic) as changes:
        # Where the address is the matter, the number leads to it.
        found = await clinic.wrong(changes, fix="PUBLIC_URL" in changes)
    number.update(before)
    told = row(found, changes.get("PUBLIC_URL", clinic.product.origin), clinic.folder)
    assert fits(told, rows()[name]), told


async def test_old_packages_are_told_of_before_anything_is_imported_from_them(
    tmp_path: Path,
) -> None:
    metadata = tmp_path / "websockets-12.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: websockets\nVersion: 12.0\n", "utf-8")
    (tmp_path / "websockets").mkdir()
    (tmp_path / "websockets" / "__init__.py").write_text("", "utf-8")
    code, output = await command("--json", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    (found,) = (json.loads(line) for line in output.splitlines())
    assert (code, found["ok"]) == (1, False)
    assert fits([(f"{found['subject']}: {found['told']}", found["fix"])], rows()[OLD])


def test_every_row_of_the_page_is_a_setup_that_was_tried() -> None:
    assert list(rows()) == [OLD, *BROKEN]


def test_a_line_that_differs_does_not_fit() -> None:
    told = [("model: no connection: refused", "make serve")]
    assert fits(told, [("model: no connection: ...", "make serve")])
    assert not fits(told, [("model: no connection", "make serve")])
    assert not fits(told, [])
