"""The documentation, as text."""

import linecache
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [code for _, kind, code in found if kind == language]


def run(block: str, name: str) -> dict[str, Any]:
    """Run a block of Python; gives the names that it made. A traceback shows its lines."""
    linecache.cache[name] = (len(block), None, block.splitlines(keepends=True), name)
    names: dict[str, Any] = {"__name__": name}
    exec(compile(block, name, "exec"), names)  # noqa: S102  our own page
    return names


def code(page: Path) -> list[str]:
    """All that a page says in code: its blocks that are no program, and what is between ticks."""
    text = page.read_text(encoding="utf-8")
    shell = [block for kind in ("", "sh", "bash", "console") for block in blocks(page, kind)]
    return shell + re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
