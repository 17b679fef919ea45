"""The recordings of a process: begun by calls, written by whoever does the chores."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock

from loguru import logger

from calls.records import CallRecords
from calls.shelf import Shelf
from calls.tape import Tape


class Tapes:
    """Records calls, or none where that is not allowed."""

    def __init__(self, shelf: Shelf, records: CallRecords, *, are_allowed: bool) -> None:
        """Record calls; nothing is written before `write`.

        Args:
            shelf: where recordings are.
            records: of the calls; what is recorded is on record first.
            are_allowed: whether calls are recorded at all.
        """
        self._shelf = shelf
        self._records = records
        self._are_allowed = are_allowed
        self._tapes: list[Tape] = []
        self._noted: set[Tape] = set()
        self._writing = Lock()

    @contextmanager
    def recording(self, call_sid: str) -> Generator[Tape | None]:
        """Record a call as long as it is entered; None when that is not allowed."""
        if not self._are_allowed:
            yield None
            return
        tape = Tape(call_sid)
        self._tapes.append(tape)
        try:
            yield tape
        finally:
            tape.end()

    async def write(self) -> None:
        """Write what there is of all calls.

        A recording that no record knows would never be deleted. So that it exists is noted
        first; what cannot be noted now is so later, and what has no record is forgotten.
        """
        for tape in [tape for tape in self._tapes if tape not in self._noted]:
            if await self._records.note_recording(tape.call_sid):
                self._noted.add(tape)
            elif tape.is_over:
                self._drop(tape)
        if not self._noted:
            return
        for tape in await asyncio.to_thread(self._write, list(self._noted)):
            self._drop(tape)

    async def put_away(self) -> None:
        """Move complete recordings to their place; what was forgotten meanwhile is deleted."""
        for call_sid in await asyncio.to_thread(self._shelf.complete):
            wanted = await self._records.is_recorded(call_sid)
            leave = self._shelf.put_away if wanted else self._shelf.delete
            await asyncio.to_thread(leave, call_sid)

    def _write(self, tapes: list[Tape]) -> list[Tape]:
        """Write some; gives those that are done with."""
        done: list[Tape] = []
        # Who is told to stop leaves a thread behind, and then writes for the last time.
        with self._writing:
            for tape in tapes:
                with logger.contextualize(call_sid=tape.call_sid):
                    try:
                        is_complete = tape.write(self._shelf.path(tape.call_sid))
                    except OSError as error:
                        logger.error("Recording of the call ends here: {}", error)
                        is_complete = True
                if is_complete:
                    done.append(tape)
        return done

    def _drop(self, tape: Tape) -> None:
        self._tapes.remove(tape)
        self._noted.discard(tape)
        if tape.lost:
            with logger.contextualize(call_sid=tape.call_sid):
                logger.error("Recording has holes: {} pieces had no room", tape.lost)
