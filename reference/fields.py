"""Pydantic models as Markdown tables: every field, its type, its default and its description."""

import inspect
import json
import re
import types
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from booking.spa import Days, Stretch, Week

WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret text",
    types.NoneType: "nothing",
    Any: "anything",
    date: "day",
    Stretch: '"09:00-17:30"',
    Week: 'table, a line such as monday = ["09:00-13:00", "14:00-17:30"]',
    Days: '"2026-12-24" or "2026-12-24/2026-12-31"',
}
"""Types as people write them."""

BOUNDS = {
    "ge": "at least {}",
    "gt": "above {}",
    "le": "at most {}",
    "lt": "below {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
}


def table(model: type[BaseModel], *, upper: bool = False) -> str:
    """A row for each field of a model.

    Args:
        model: described by the `Attributes` of its docstring.
        upper: whether the names are those of environment variables.
    """
    told = attributes(model)
    rows = [
        (f"`{name.upper() if upper else name}`", _kind(field), _default(field), told[name])
        for name, field in model.model_fields.items()
    ]
    return markdown_table(("Name", "Value", "Default", "Meaning"), rows)


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a bar in a cell is no border of it."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def attributes(model: type[BaseModel]) -> dict[str, str]:
    """What a docstring in Google's style says of each attribute."""
    text = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")[2]
    entries = re.split(r"^ {4}(?=\w+: )", text, flags=re.MULTILINE)[1:]
    pairs = (entry.split(": ", 1) for entry in entries)
    return {name: " ".join(words.split()) for name, words in pairs}


def kind(annotation: Any) -> str:
    """A type in the words of who edits a file."""
    if annotation in WORDS:
        return WORDS[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Literal, Union, types.UnionType):
        return " or ".join(f'"{one}"' if origin is Literal else kind(one) for one in inner)
    if origin is Annotated:
        return kind(inner[0])
    if origin is tuple:
        return f"list of: {kind(inner[0])}"
    if origin is dict:
        return f"table, each line {kind(inner[0])} = {kind(inner[1])}"
    return "table" if isinstance(annotation, type) else str(annotation)


def _kind(field: FieldInfo) -> str:
    limits = [
        words.format(f"{value:,}" if isinstance(value, int) else value)
        for bound in field.metadata
        for name, words in BOUNDS.items()
        if (value := getattr(bound, name, None)) is not None
    ]
    return ", ".join([kind(field.annotation), *limits])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True, validated_data={})
    match value:
        case bool() | tuple() if value != ():
            return f"`{json.dumps(value)}`"
        case Path() | int() | float():
            return f"`{value}`"
        case str() if value:
            return f"`{value}`"
        case _:
            return ""
