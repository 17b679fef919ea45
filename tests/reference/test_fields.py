from typing import Literal

from pydantic import BaseModel, Field

from booking.catalog import Catalog
from booking.privacy import Privacy
from booking.spa import Closures, Messages, Policies, Room, Spa, Therapist, Treatment
from realtime.session import SessionOptions
from reference.configuration import settings_table, spa_tables
from reference.fields import markdown_table, table
from settings import Settings

TABLES = (
    Spa, Treatment, Therapist, Room, Closures, Policies, Messages, Privacy, SessionOptions,
)  # fmt: skip


class Sample(BaseModel):
    """A sample.

    Attributes:
        size: how large,
            in all.
        mode: how.
        words: which.
    """

    size: int = Field(default=3, ge=1, le=5000)
    mode: Literal["a", "b"]
    words: tuple[str, ...] = ("x",)


def test_a_row_tells_name_kind_bounds_default_and_meaning() -> None:
    assert table(Sample).splitlines()[2:] == [
        "| `size` | whole number, at least 1, at most 5,000 | `3` | how large, in all. |",
        '| `mode` | "a" or "b" | **needed** | how. |',
        '| `words` | list of: text | `["x"]` | which. |',
    ]


def test_a_bar_in_a_cell_is_no_border() -> None:
    assert markdown_table(["a"], [["x|y"]]).endswith("| x\\|y |")


def test_every_setting_has_a_row() -> None:
    rows = settings_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [name.upper() for name in Settings.model_fields]
    assert all(row.split(" | ")[-1].strip(" |") for row in rows)


def test_every_table_and_every_key_of_the_spa_file_is_there() -> None:
    text = spa_tables()
    headings = [line.strip("# `[]") for line in text.splitlines() if line.startswith("### ")]
    assert headings == [*Catalog.model_fields, "realtime"]
    keys = {name for model in TABLES for name in model.model_fields}
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert {row.split("`")[1] for row in rows} == keys
    assert len(rows) == sum(len(model.model_fields) for model in TABLES)
