"""A short cut of the soak; `make soak` plays the whole of it."""

from pathlib import Path

from tests.soak.soak import soak


async def test_forty_calls_with_faults_leave_what_was_acknowledged(
    postgres_url: str, tmp_path: Path
) -> None:
    report = await soak(40, 10, 7, postgres_url, tmp_path, lambda line: None)
    assert report.problems == [], str(report)
    assert len(report.booked) >= 10
    assert report.calls == 40
