from dataclasses import replace
from datetime import UTC, datetime, timedelta

from calls.entries import ToolUse, Turn
from calls.receipts import Receipt
from dashboard.timeline import Bar, clock, strokes, timeline

BEGUN = datetime(2026, 11, 30, 15, tzinfo=UTC)


def after(secs: float) -> datetime:
    return BEGUN + timedelta(seconds=secs)


CALL = Receipt(
    call_sid="CA1",
    caller=None,
    dialled="+15005550001",
    stir_verstat=None,
    outcome="completed",
    reason=None,
    rang_at=after(-2),
    answered_at=BEGUN,
    ended_at=after(100),
    desk_answer=None,
    voicemail_sid=None,
    voicemail_secs=None,
    turns=(
        Turn(after(1), "agent", ""),
        Turn(after(20), "caller", ""),
        Turn(after(50), "agent", "", 2000),
    ),
    tools=(ToolUse(after(45), "t", "book_appointment", {}, {}, True, 4000),),
)


def test_everything_is_where_and_as_long_as_it_was() -> None:
    picture = timeline(CALL, after(500))
    assert picture is not None
    assert (picture.secs, picture.slowest_ms) == (100, 2000)
    assert picture.bars == (
        Bar("agent", 10, 190, "0:01 agent"),
        Bar("caller", 200, 250, "0:20 caller"),
        Bar("tool", 450, 40, "0:45 book_appointment"),
        Bar("agent", 500, 500, "0:50 agent"),
        Bar("wait", 480, 20, "0:48 answer after 2000 ms"),
    )


def test_a_call_that_goes_on_ends_now_and_one_without_an_answer_is_no_picture() -> None:
    picture = timeline(replace(CALL, ended_at=None), after(200))
    assert picture is not None
    assert picture.secs == 200
    assert timeline(replace(CALL, answered_at=None), after(200)) is None


def test_nothing_is_outside_the_picture_or_too_thin_to_see() -> None:
    early = Turn(after(-5), "agent", "", 9000)
    late = ToolUse(after(150), "t", "end_call", {})
    picture = timeline(replace(CALL, turns=(early,), tools=(late,)), after(0))
    assert picture is not None
    for bar in picture.bars:
        assert 0 <= bar.x <= 1000
        assert bar.width >= 3


def test_a_clock_counts_minutes() -> None:
    shown = [clock(secs) for secs in (-1, 0, 59.9, 65, 3600)]
    assert shown == ["0:00", "0:00", "0:59", "1:05", "60:00"]


def test_a_stroke_is_as_high_as_it_is_loud() -> None:
    assert strokes([0, 127], 50, 40) == "M0.0 49.5V50.5M500.0 10.0V90.0"
    assert strokes([], 50, 40) == ""
