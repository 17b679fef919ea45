from itertools import pairwise

import pytest

from dashboard.charts import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, bar_chart


def test_bars_stand_on_the_ground_side_by_side_and_within_the_picture() -> None:
    chart = bar_chart(["Nov 16", "Nov 23"], {"calls": [3, 8], "booked": [None, 2]})
    assert [(bar.series, bar.told) for bar in chart.bars] == [
        (0, "Nov 16, calls: 3"),
        (0, "Nov 23, calls: 8"),
        (1, "Nov 23, booked: 2"),
    ]
    for bar in chart.bars:
        assert bar.y + bar.height == pytest.approx(HEIGHT - BOTTOM, abs=0.2)
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH
    _, calls, booked = chart.bars
    assert calls.y == TOP
    assert booked.height == pytest.approx(calls.height / 4, abs=0.1)
    assert calls.x + calls.width <= booked.x


@pytest.mark.parametrize(
    ("most", "told"),
    [
        (0, ["0", "1", "2", "3", "4"]),
        (1, ["0", "1", "2", "3", "4"]),
        (1.0, ["0", "0.25", "0.5", "0.75", "1"]),
        (0.05, ["0", "0.02", "0.04", "0.06", "0.08"]),
        (7, ["0", "2", "4", "6", "8"]),
        (81, ["0", "25", "50", "75", "100"]),
        (1200, ["0", "500", "1000", "1500", "2000"]),
    ],
)
def test_the_figures_at_the_side_are_round(most: float, told: list[str]) -> None:
    ticks = bar_chart(["a"], {"all": [most]}).ticks
    assert [figure for figure, _ in ticks] == told
    assert all(lower > higher for (_, lower), (_, higher) in pairwise(ticks))


def test_without_anything_there_is_nothing_to_draw() -> None:
    assert bar_chart([], {}).bars == ()
