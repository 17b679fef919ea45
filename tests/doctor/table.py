"""The table of docs/doctor.md: what the doctor says of each broken setup, and what mends it."""

import re
from pathlib import Path

from doctor.finding import Finding

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"

Row = list[tuple[str, str]]
"""A line of the doctor's, and what mends it, for each thing that is wrong."""


def rows() -> dict[str, Row]:
    """What the page says, by what is broken; a row without a name belongs to the one above."""
    found: dict[str, Row] = {}
    name = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and cells[1].startswith("`"):
            name = cells[0] or name
            told, fix = (cell.strip("`").strip().replace("\\|", "|") for cell in cells[1:])
            found.setdefault(name, []).append((told, fix))
    return found


def healthy() -> str:
    """What the page says of a setup with which all is well."""
    return PAGE.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]


def row(found: list[Finding], public_url: str, folder: Path) -> Row:
    """The same of what was found, with the names of the page for what differs in each run."""

    def alike(words: str) -> str:
        words = named(words, public_url).replace(f"{folder}/broken/", "").replace(f"{folder}/", "")
        return re.sub(r"127\.0\.0\.1:\d{2,}", "127.0.0.1:PORT", words)

    return [(alike(f"{one.subject}: {one.told}"), alike(one.fix)) for one in found]


def named(words: str, public_url: str) -> str:
    """The words, with the page's name for where the product is."""
    words = words.replace(public_url, "https://spa.example.com")
    return words.replace("ws" + public_url.removeprefix("http"), "wss://spa.example.com")


def fits(told: Row, written: Row) -> bool:
    """Whether the page says that; `...` there stands for what is the machine's to say."""
    return len(told) == len(written) and all(
        reads(cell, pattern)
        for line, pair in zip(told, written, strict=True)
        for cell, pattern in zip(line, pair, strict=True)
    )


def reads(told: str, written: str) -> bool:
    """Whether the page has these words, but for its `...`."""
    return bool(re.fullmatch(".*".join(map(re.escape, written.split("..."))), told))
