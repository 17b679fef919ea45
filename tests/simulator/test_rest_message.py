import pytest

from simulator.rest_message import segments


@pytest.mark.parametrize(
    ("body", "count"),
    [("", 1), ("x" * 160, 1), ("x" * 161, 2), ("x" * 307, 3), ("é" + "x" * 69, 1), ("é" * 71, 2)],
)
def test_a_message_is_paid_by_its_parts(body: str, count: int) -> None:
    assert segments(body) == count
