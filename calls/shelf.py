"""Where recordings are: in a folder as long as they are written, then there or at a URL.

Every method may take its time, and is for a thread.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

QUIET_SECS = 30.0
"""Who writes a recording does so every few seconds: after that it is complete, or cut off."""


class ShelfMisplaced(Exception):
    """The URL leads nowhere; the message says why."""


class NoRecording(Exception):
    """There is no such recording here."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder of one of fsspec's file systems."""

    files: Any
    root: str

    def path(self, call_sid: str) -> str:
        return f"{self.root.rstrip('/')}/{call_sid}.wav"


class Shelf:
    """The recordings of all calls."""

    def __init__(self, folder: Path, url: str = "") -> None:
        """Keep recordings.

        Args:
            folder: where they are written.
            url: where complete ones go, in the words of fsspec; "" leaves them in the folder.

        Raises:
            ShelfMisplaced: nobody knows such a URL, or what speaks it is not installed.
        """
        self._folder = folder
        self._local = _Place(LocalFileSystem(), str(folder))
        self._remote: _Place | None = None
        if url:
            try:
                found = cast(tuple[Any, str], fsspec.url_to_fs(url))
            except (ImportError, ValueError) as error:
                raise ShelfMisplaced(str(error)) from error
            self._remote = _Place(*found)

    def path(self, call_sid: str) -> Path:
        """Where a recording is written."""
        return self._folder / f"{call_sid}.wav"

    def complete(self, now_secs: float | None = None) -> list[str]:
        """The calls whose recordings are to be put away, also those of a process that died."""
        before = (now_secs or time.time()) - QUIET_SECS
        paths = self._folder.glob("*.wav") if self._remote else ()
        return [path.stem for path in paths if path.stat().st_mtime < before]

    def put_away(self, call_sid: str) -> None:
        """Move a recording to the URL."""
        if self._remote:
            path = self.path(call_sid)
            self._remote.files.makedirs(self._remote.root, exist_ok=True)
            self._remote.files.put_file(str(path), self._remote.path(call_sid))
            path.unlink()

    def size(self, call_sid: str) -> int:
        """How many bytes a recording has so far.

        Raises:
            NoRecording: it is not here.
        """
        place = self._where(call_sid)
        return int(place.files.size(place.path(call_sid)))

    def read(self, call_sid: str, begin: int = 0, end: int | None = None) -> bytes:
        """Bytes of a recording.

        Args:
            call_sid: of the call.
            begin: the first one.
            end: the one behind the last; None for all there are.

        Raises:
            NoRecording: it is not here.
        """
        place = self._where(call_sid)
        return place.files.cat_file(place.path(call_sid), start=begin, end=end)

    def delete(self, call_sid: str) -> None:
        """Delete a recording wherever it is; one that is gone already is fine."""
        for place in self._places():
            if place.files.exists(place.path(call_sid)):
                place.files.rm_file(place.path(call_sid))

    def _where(self, call_sid: str) -> _Place:
        for place in self._places():
            if place.files.exists(place.path(call_sid)):
                return place
        raise NoRecording(call_sid)

    def _places(self) -> list[_Place]:
        return [self._local, *([self._remote] if self._remote else [])]
