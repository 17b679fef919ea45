import math
from pathlib import Path

from bench.chart import draw
from bench.report import Section, as_json, as_markdown, text


def _section() -> Section:
    section = Section("CPU", notes=["A note."])
    row = section.row("25 calls", "%")
    for peer, values in {"bridge": [2.0, 1.0, 9.0], "stock": [4.0], "spaline": [1.0]}.items():
        for value in values:
            row.add(peer, value)
    return section


def test_a_row_gives_the_median_of_its_rounds_and_our_ratio_to_the_others() -> None:
    row = _section().row("25 calls", "%")
    assert row.median("bridge") == 2.0
    assert row.ratio("bridge") == 0.5
    assert row.ratio("stock") == 0.25
    assert math.isnan(row.ratio("nobody"))


def test_a_round_without_a_figure_does_not_spoil_the_others() -> None:
    row = _section().row("25 calls", "%")
    row.add("bridge", math.nan)
    assert row.median("bridge") == 2.0


def test_the_page_has_the_ratios_the_machine_and_the_notes() -> None:
    page = as_markdown([_section()], {"date": "today"})
    assert "- date: today" in page
    assert "|  | bridge | stock | spaline | spaline ÷ bridge | spaline ÷ stock |" in page
    assert "| 25 calls, % | 2 | 4 | 1 | 0.5 | 0.25 |" in page
    assert "\nA note.\n" in page


def test_the_json_keeps_every_round() -> None:
    (section,) = as_json([_section()], {})["sections"]
    assert section["rows"][0]["rounds"]["bridge"] == [2.0, 1.0, 9.0]
    assert section["rows"][0]["ratio"] == {"bridge": 0.5, "stock": 0.25}


def test_a_figure_has_three_digits_that_count() -> None:
    assert [text(value) for value in (0.12345, 12.345, 1234.5, math.nan)] == [
        "0.123",
        "12.3",
        "1234",
        "-",
    ]


def test_the_picture_is_drawn_also_where_figures_are_missing(tmp_path: Path) -> None:
    section = _section()
    section.row("50 calls", "%").add("spaline", math.nan)
    draw([section, Section("Nothing")], tmp_path / "calls.png")
    assert (tmp_path / "calls.png").read_bytes().startswith(b"\x89PNG")
