"""The documentation, as text."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [code for _, kind, code in found if kind == language]


def code(page: Path) -> list[str]:
    """All that a page says in code: its blocks that are no program, and what is between ticks."""
    text = page.read_text(encoding="utf-8")
    shell = [block for kind in ("", "sh", "bash", "console") for block in blocks(page, kind)]
    return shell + re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
