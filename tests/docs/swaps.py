"""The diffs of docs/swap-a-stage.md, applied to copies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "swap-a-stage.md"

_EXAMPLE = re.compile(
    r"^### (?P<title>.+?)$"
    r'|^```diff(?: title="(?P<file>\S+)")?\n(?:@@ on top of (?P<below>.+?)\n)?(?P<diff>.*?)^```$',
    re.M | re.S,
)


class DoesNotApply(Exception):
    """What a diff takes away is not there, or more than once."""


@dataclass(frozen=True)
class Diff:
    """What an example changes in a file.

    Attributes:
        file: that it changes, relative to the root.
        hunks: what it changes.
        below: the example on top of whose change this one is; None for none.
    """

    file: str
    hunks: str
    below: str | None = None


def examples() -> dict[str, list[Diff]]:
    """For each example that has one, its diffs."""
    found: dict[str, list[Diff]] = {}
    title = ""
    for match in _EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")):
        if match["title"]:
            title = match["title"]
        else:
            diff = Diff(match["file"] or "bot.py", match["diff"], match["below"])
            found.setdefault(title, []).append(diff)
    return found


def apply(hunks: str, text: str) -> str:
    """The text with these hunks applied: each begins with @@ and a word on the place.

    Raises:
        DoesNotApply: the text is not what the diff expects.
    """
    for hunk in re.split(r"^@@.*\n", hunks, flags=re.MULTILINE)[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] or "\n" for line in lines if line[0] != "+")
        after = "".join(line[1:] or "\n" for line in lines if line[0] != "-")
        if text.count(before) != 1:
            raise DoesNotApply(before)
        text = text.replace(before, after)
    return text


def changed(diff: Diff) -> str:
    """The text of a file with an example's change, on top of another's if that is so."""
    if diff.below is None:
        return apply(diff.hunks, (ROOT / diff.file).read_text(encoding="utf-8"))
    (below,) = (one for one in examples()[diff.below] if one.file == diff.file)
    return apply(diff.hunks, changed(below))


def swap(title: str, folder: Path, moved: Mapping[str, str] | None = None) -> None:
    """Write the changed files of an example into a folder, where Python looks first.

    Args:
        title: of the example.
        folder: where to.
        moved: addresses that the example names, and where they are instead.
    """
    for diff in examples()[title]:
        target = folder / diff.file
        package = target.parent
        if package != folder:
            # A package is found in one place only: all of it, with the change.
            package.mkdir(parents=True, exist_ok=True)
            for source in (ROOT / package.relative_to(folder)).iterdir():
                if source.is_file():
                    (package / source.name).write_bytes(source.read_bytes())
        text = changed(diff)
        for address, place in (moved or {}).items():
            assert address in text
            text = text.replace(address, place)
        target.write_text(text, encoding="utf-8")
