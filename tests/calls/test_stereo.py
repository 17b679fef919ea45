"""Both sides are where they were heard. One byte is an eighth of a millisecond."""

from hypothesis import given
from hypothesis import strategies as st

from calls.stereo import Stereo

BEGAN = 5000.0
QUIET = 0xFF


def sides(both: bytes) -> tuple[bytes, bytes]:
    return both[0::2], both[1::2]


def voice(letter: str, ms: int) -> bytes:
    return letter.encode() * (8 * ms)


def runs(side: bytes) -> list[tuple[str, float, float]]:
    """What was said, from when to when, in milliseconds."""
    found: list[tuple[str, float, float]] = []
    for at, byte in enumerate(side):
        if byte == QUIET:
            continue
        letter = chr(byte)
        if found and found[-1][0] == letter and found[-1][2] == at / 8:
            found[-1] = (letter, found[-1][1], (at + 1) / 8)
        else:
            found.append((letter, at / 8, (at + 1) / 8))
    return found


def test_the_caller_is_where_the_line_says() -> None:
    call = Stereo(BEGAN)
    call.caller(voice("a", 20), 0, BEGAN + 20)
    call.caller(voice("b", 20), 60, BEGAN + 95)
    caller, agent = sides(call.take(BEGAN + 100))
    assert runs(caller) == [("a", 0, 20), ("b", 60, 80)]
    assert set(agent) == {QUIET}
    assert len(caller) == len(agent) == 800


def test_the_agent_is_heard_from_when_it_was_sent_and_in_order() -> None:
    call = Stereo(BEGAN)
    call.agent(voice("a", 400), BEGAN + 100)
    call.agent(voice("b", 400), BEGAN + 110)
    call.agent(voice("c", 100), BEGAN + 1500)
    assert runs(sides(call.take(BEGAN + 2000))[1]) == [
        ("a", 100, 500), ("b", 500, 900), ("c", 1500, 1600)
    ]  # fmt: skip


def test_a_clear_cuts_what_is_not_heard_yet() -> None:
    call = Stereo(BEGAN)
    call.agent(voice("a", 1000), BEGAN)
    call.clear(BEGAN + 300)
    call.agent(voice("b", 100), BEGAN + 350)
    call.clear(BEGAN + 2000)
    assert runs(sides(call.take(BEGAN + 3000))[1]) == [("a", 0, 300), ("b", 350, 450)]


def test_what_is_taken_is_not_taken_twice_and_nothing_is_lost_between() -> None:
    call = Stereo(BEGAN)
    call.agent(voice("a", 1000), BEGAN)
    first = call.take(BEGAN + 400)
    assert call.take(BEGAN + 300) == b""
    call.clear(BEGAN + 700)
    assert runs(sides(first + call.take(BEGAN + 900))[1]) == [("a", 0, 700)]


def test_a_short_underrun_is_no_pause() -> None:
    call = Stereo(BEGAN)
    for number in range(3):
        call.agent(voice("a", 40), BEGAN + 45 * number)
    assert runs(sides(call.take(BEGAN + 200))[1]) == [("a", 0, 120)]


def test_what_comes_late_or_twice_does_not_move_what_is_there() -> None:
    call = Stereo(BEGAN)
    call.caller(voice("a", 20), 0, BEGAN + 20)
    call.caller(voice("b", 20), 20, BEGAN + 40)
    call.caller(voice("a", 20), 0, BEGAN + 45)
    head = call.take(BEGAN + 30)
    call.caller(voice("c", 40), 10, BEGAN + 60)
    assert runs(sides(head + call.take(BEGAN + 60))[0]) == [
        ("a", 0, 20), ("b", 20, 40), ("c", 40, 50)
    ]  # fmt: skip


def test_the_stream_began_when_its_least_delayed_audio_says() -> None:
    call = Stereo(BEGAN + 80)
    call.caller(voice("a", 20), 0, BEGAN + 200)
    call.caller(voice("b", 20), 20, BEGAN + 40)
    call.agent(voice("c", 20), BEGAN + 300)
    (found,) = runs(sides(call.take(BEGAN + 400))[1])
    assert abs(found[1] - 300) < 1


def test_a_clock_that_runs_slow_is_followed() -> None:
    call, slow = Stereo(BEGAN), 1.00005
    for number in range(30_000):
        at = BEGAN + (number + 1) * 20 * slow
        call.caller(b"\x80" * 160, number * 20, at)
    call.take(BEGAN + 599_000 * slow)
    call.agent(voice("c", 20), BEGAN + 600_000 * slow)
    (found,) = runs(sides(call.take(BEGAN + 601_000))[1])
    assert abs(found[1] - 1000) < 3


def test_a_line_that_miscounts_fills_no_memory() -> None:
    call = Stereo(BEGAN)
    call.caller(voice("a", 20), 0, BEGAN + 20)
    call.caller(voice("b", 20), 10**15, BEGAN + 60)
    assert runs(sides(call.take(BEGAN + 80))[0]) == [("a", 0, 20), ("b", 40, 60)]


@given(st.lists(st.tuples(st.sampled_from("cax"), st.integers(0, 500), st.integers(1, 300))))
def test_whatever_happens_both_sides_are_as_long_as_the_time(
    happened: list[tuple[str, int, int]],
) -> None:
    call, now, taken = Stereo(BEGAN), BEGAN, b""
    for what, pause_ms, ms in happened:
        now += pause_ms
        if what == "c":
            call.caller(voice("c", ms), max(now - BEGAN - ms, 0), now)
        elif what == "a":
            call.agent(voice("a", ms), now)
        else:
            call.clear(now)
            taken += call.take(now)
    taken += call.take(now)
    assert len(taken) % 2 == 0
    assert len(taken) / 16 >= now - BEGAN - 1
