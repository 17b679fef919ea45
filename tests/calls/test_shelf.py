"""Recordings are in a folder, or at a URL, and are found wherever they are."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from calls.shelf import QUIET_SECS, NoRecording, Shelf, ShelfMisplaced


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place of fsspec's that is not there yet."""
    if request.param == "memory":
        return f"memory://{uuid4().hex}/calls"
    return f"file://{tmp_path}/elsewhere/calls"


def written(shelf: Shelf, call_sid: str, ago_secs: float = 0.0) -> None:
    path = shelf.path(call_sid)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"0123456789")
    moment = time.time() - ago_secs
    os.utime(path, (moment, moment))


def test_what_is_complete_goes_to_its_place_and_is_read_from_there(
    url: str, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "recordings", url)
    written(shelf, "CA-old", QUIET_SECS + 1)
    written(shelf, "CA-new")
    assert shelf.complete() == ["CA-old"]
    shelf.put_away("CA-old")
    assert not shelf.path("CA-old").exists()
    assert shelf.complete() == []
    for call_sid in ("CA-old", "CA-new"):
        assert shelf.size(call_sid) == 10
        assert shelf.read(call_sid) == b"0123456789"
        assert shelf.read(call_sid, 3, 6) == b"345"
    assert Shelf(tmp_path / "another", url).read("CA-old", 8) == b"89"


def test_what_is_deleted_is_nowhere(url: str, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "recordings", url)
    written(shelf, "CA1", QUIET_SECS + 1)
    shelf.put_away("CA1")
    written(shelf, "CA1")
    shelf.delete("CA1")
    shelf.delete("CA1")
    with pytest.raises(NoRecording):
        shelf.size("CA1")
    with pytest.raises(NoRecording):
        shelf.read("CA1")


def test_without_a_url_recordings_stay_where_they_are(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "recordings")
    assert shelf.complete() == []
    written(shelf, "CA1", QUIET_SECS + 1)
    assert shelf.complete() == []
    assert shelf.read("CA1", 0, 1) == b"0"


@pytest.mark.parametrize("url", ["s3://a-bucket/calls", "nowhere://at/all"])
def test_a_url_that_nobody_speaks_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(ShelfMisplaced):
        Shelf(tmp_path, url)
