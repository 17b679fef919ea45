"""The diffs of docs/swap-a-stage.md, applied to copies."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "swap-a-stage.md"

_EXAMPLE = re.compile(
    r"^### (?P<title>.+?)$|^```diff ?(?P<file>\S*)\n(?P<diff>.*?)^```$", re.M | re.S
)


class DoesNotApply(Exception):
    """What a diff takes away is not there, or more than once."""


def examples() -> dict[str, dict[str, str]]:
    """For each example that has one, its diffs by the file that they change."""
    found: dict[str, dict[str, str]] = {}
    title = ""
    for match in _EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")):
        if match["title"]:
            title = match["title"]
        else:
            found.setdefault(title, {})[match["file"] or "bot.py"] = match["diff"]
    return found


def apply(diff: str, text: str) -> str:
    """The text with a diff of the page applied: each hunk begins with @@ and a word on the place.

    Raises:
        DoesNotApply: the text is not what the diff expects.
    """
    for hunk in re.split(r"^@@.*\n", diff, flags=re.MULTILINE)[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] or "\n" for line in lines if line[0] != "+")
        after = "".join(line[1:] or "\n" for line in lines if line[0] != "-")
        if text.count(before) != 1:
            raise DoesNotApply(before)
        text = text.replace(before, after)
    return text


def swap(title: str, folder: Path) -> None:
    """Write the changed files of an example into a folder, where Python looks first."""
    for name, diff in examples()[title].items():
        changed = folder / name
        package = changed.parent
        if package != folder:
            # A package is found in one place only: all of it, with the change.
            package.mkdir(parents=True, exist_ok=True)
            for source in (ROOT / package.relative_to(folder)).iterdir():
                if source.is_file():
                    (package / source.name).write_bytes(source.read_bytes())
        changed.write_text(apply(diff, (ROOT / name).read_text(encoding="utf-8")), encoding="utf-8")
