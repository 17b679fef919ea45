"""What is recorded is on record, whatever else goes wrong."""

import base64
import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from calls.records import CallRecords
from calls.shelf import QUIET_SECS, NoRecording, Shelf
from calls.tapes import Tapes
from database import build_sessions
from receptionist import now
from tests.log_lines import lines_of

SOUND = base64.b64encode(bytes(800)).decode()


@pytest.fixture
def records(engine: AsyncEngine) -> CallRecords:
    return CallRecords(build_sessions(engine), now)


async def ring(records: CallRecords, call_sid: str = "CA1") -> None:
    await records.ring(call_sid, caller="+16175551212", dialled="+15005550001")


def record(tapes: Tapes, call_sid: str = "CA1") -> None:
    with tapes.recording(call_sid) as tape:
        assert tape is not None
        tape.caller(SOUND, 0)


async def test_a_call_is_recorded_and_the_record_says_so(
    records: CallRecords, tmp_path: Path
) -> None:
    await ring(records)
    shelf = Shelf(tmp_path)
    tapes = Tapes(shelf, records, are_allowed=True)
    with tapes.recording("CA1") as tape:
        assert tape is not None
        await tapes.write()
        assert await records.is_recorded("CA1")
        tape.caller(SOUND, 0)
    await tapes.write()
    assert shelf.size("CA1") > 58
    shelf.delete("CA1")
    await tapes.write()  # what is complete is not written again
    with pytest.raises(NoRecording):
        shelf.size("CA1")


async def test_where_it_is_not_allowed_nothing_is_recorded(
    records: CallRecords, tmp_path: Path
) -> None:
    await ring(records)
    tapes = Tapes(Shelf(tmp_path), records, are_allowed=False)
    with tapes.recording("CA1") as tape:
        assert tape is None
    await tapes.write()
    assert not await records.is_recorded("CA1")
    assert not Shelf(tmp_path).path("CA1").exists()


async def test_a_call_without_a_record_leaves_no_recording(
    records: CallRecords, tmp_path: Path
) -> None:
    tapes = Tapes(Shelf(tmp_path), records, are_allowed=True)
    record(tapes)
    await tapes.write()
    await ring(records)
    await tapes.write()
    assert not Shelf(tmp_path).path("CA1").exists()


async def test_a_database_that_is_gone_is_waited_for(
    records: CallRecords, engine: AsyncEngine, tmp_path: Path
) -> None:
    await ring(records)
    shelf = Shelf(tmp_path)
    tapes = Tapes(shelf, records, are_allowed=True)
    record(tapes)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE calls RENAME TO elsewhere"))
    with pytest.raises(SQLAlchemyError):
        await tapes.write()
    assert not shelf.path("CA1").exists()
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO calls"))
    await tapes.write()
    assert shelf.size("CA1") > 58


async def test_a_disk_that_takes_nothing_ends_the_recording_and_nothing_else(
    records: CallRecords, tmp_path: Path
) -> None:
    await ring(records)
    await ring(records, "CA2")
    shelf = Shelf(tmp_path / "recordings")
    tapes = Tapes(shelf, records, are_allowed=True)
    shelf.path("CA1").mkdir(parents=True)
    record(tapes)
    record(tapes, "CA2")
    with lines_of("calls") as lines:
        await tapes.write()
        await tapes.write()
    assert len(lines) == 1
    assert lines[0].startswith("ERROR Recording of the call ends here:")
    assert shelf.size("CA2") > 58


async def test_what_was_forgotten_before_it_was_put_away_is_deleted(
    records: CallRecords, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "here", f"file://{tmp_path}/there")
    tapes = Tapes(shelf, records, are_allowed=True)
    await ring(records)
    record(tapes)
    await tapes.write()
    shelf.path("CA2").write_bytes(b"of nobody that we know")
    for call_sid in ("CA1", "CA2"):
        old = shelf.path(call_sid).stat().st_mtime - QUIET_SECS - 1
        os.utime(shelf.path(call_sid), (old, old))
    await tapes.put_away()
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["CA1.wav"]
    assert list((tmp_path / "here").iterdir()) == []


async def test_a_recording_with_holes_says_so(records: CallRecords, tmp_path: Path) -> None:
    await ring(records)
    tapes = Tapes(Shelf(tmp_path), records, are_allowed=True)
    with tapes.recording("CA1") as tape:
        assert tape is not None
        tape.lost = 7
    with lines_of("calls") as lines:
        await tapes.write()
    assert lines == ["ERROR Recording has holes: 7 pieces had no room"]
