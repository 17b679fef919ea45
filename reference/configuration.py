"""Everything that can be set: the environment and spa.toml."""

from typing import Any, get_args

from pydantic import BaseModel

from booking.catalog import Catalog
from realtime.session import SessionOptions
from reference.fields import attributes, table
from settings import Settings


def settings_table() -> str:
    """Every environment variable."""
    return table(Settings, upper=True)


def spa_tables() -> str:
    """Every table of spa.toml, under a heading of its own."""
    told = attributes(Catalog)
    parts: list[str] = []
    for name, field in Catalog.model_fields.items():
        model, many = _table_of(field.annotation)
        title = f"[[{name}]]" if many else f"[{name}]"
        needed = " Needed." if field.is_required() else ""
        parts.append(f"### `{title}`\n\n{_sentence(told[name])}{needed}")
        parts.append(table(model) if model else _A_WEEK)
    parts.append(f"### `[realtime]`\n\nThe model's session.\n\n{table(SessionOptions)}")
    return "\n\n".join(parts)


_A_WEEK = 'A line for each day that is open: `monday = ["09:00-13:00", "14:00-19:00"]`.'


def _table_of(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model of a table, and whether there are many of it."""
    inner: tuple[Any, ...] = get_args(annotation)
    many = inner[-1:] == (...,)
    kind: Any = inner[0] if many else annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind, many
    return None, many


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
