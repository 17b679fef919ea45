"""The captures of a process: begun by calls, written by whoever does the chores."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from loguru import logger

from calls.capture import Capture

DAY_SECS = 86_400


class Captures:
    """Captures calls, or none where that is not wanted."""

    def __init__(
        self, folder: Path, head: dict[str, Any], *, are_wanted: bool, audio: bool, days: int
    ) -> None:
        """Capture calls; nothing is written before `write`.

        Args:
            folder: where captures are.
            head: what each of them begins with.
            are_wanted: whether calls are captured at all.
            audio: whether sound is kept.
            days: how long captures are kept, 0 for ever.
        """
        self._folder = folder
        self._head = head
        self._are_wanted = are_wanted
        self._audio = audio
        self._days = days
        self._captures: list[Capture] = []
        self._writing = Lock()

    def begin(self) -> Capture | None:
        """Capture a call that is about to begin; None where that is not wanted."""
        if not self._are_wanted:
            return None
        capture = Capture(self._head, audio=self._audio)
        self._captures.append(capture)
        return capture

    async def write(self) -> None:
        """Write what there is of all calls; one that nobody picked up is no call."""
        if not self._captures:
            return
        for capture in await asyncio.to_thread(self._write, list(self._captures)):
            self._captures.remove(capture)

    async def let_go(self) -> None:
        """Delete what is older than captures are kept."""
        if self._days:
            before = time.time() - self._days * DAY_SECS
            await asyncio.to_thread(self._delete_older, before)

    def _delete_older(self, before: float) -> None:
        for path in self._folder.glob("*.jsonl"):
            if path.stat().st_mtime < before:
                path.unlink()

    def _write(self, captures: list[Capture]) -> list[Capture]:
        """Write some; gives those that are done with."""
        done: list[Capture] = []
        # Who is told to stop leaves a thread behind, and then writes for the last time.
        with self._writing:
            for capture in captures:
                try:
                    is_done = _write_one(capture, _path(self._folder, capture.call_sid))
                except OSError as error:
                    logger.error("Capture of call {} ends here: {}", capture.call_sid, error)
                    is_done = True
                if is_done:
                    done.append(capture)
        return done


def delete_captures(folder: Path, call_sids: Iterable[str]) -> None:
    """Delete the captures of some calls; takes its time."""
    for call_sid in call_sids:
        _path(folder, call_sid).unlink(missing_ok=True)


def _path(folder: Path, call_sid: str) -> Path:
    return folder / f"{call_sid}.jsonl"


def _write_one(capture: Capture, path: Path) -> bool:
    return capture.write(path) if capture.call_sid else capture.is_over
