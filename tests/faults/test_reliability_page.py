"""`docs/reliability.md` names tests and rows that are there, and every row that there is."""

import re
from pathlib import Path

from tests.faults.matrix import FAULTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
COMPLAINTS = 25


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
    assert len(named) > COMPLAINTS
    missing = [
        (path, name)
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_row_of_the_matrix_is_named_and_every_row_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:model|line|ours): [^`]+)`", PAGE))
    assert named == {fault.name for fault in FAULTS}


def test_every_complaint_has_its_number_and_something_that_shows_it() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\| (.*) \|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, COMPLAINTS + 1))
    assert all("`" in shown for _, shown in rows)
