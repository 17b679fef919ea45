"""What is wrong in spa.toml, told by the names of its keys and with what to write instead."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

NO_NUMBER = "is no number, write one without quotes and units"
NO_TABLE = "is no table, write its keys under a heading in brackets"

FIXES = {
    "missing": "is missing, add it",
    "extra_forbidden": "is not a key that is known here, correct or remove it",
    "int_type": NO_NUMBER,
    "int_parsing": NO_NUMBER,
    "int_from_float": "is no whole number",
    "float_type": NO_NUMBER,
    "float_parsing": NO_NUMBER,
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_type": 'is no text, write it in quotes, such as "Serenity Spa"',
    "string_too_short": "is empty",
    "too_short": "is empty, name at least one",
    "dict_type": NO_TABLE,
    "model_type": NO_TABLE,
    "date_from_datetime_parsing": "is no day, write it as 2026-12-31",
}

CODES = {
    "^[a-z]{2}$": 'write a language as its ISO code, such as "en"',
    "^[A-Z]{2}$": 'write a country as its ISO code, such as "US"',
    "^[A-Z]{3}$": 'write a currency as its ISO code, such as "USD"',
}
"""By the pattern of the field."""


def sentences(document: Any, error: ValidationError) -> list[str]:
    """Each mistake in a document: where, by names instead of numbers, and how to mend it."""
    # A list whose items are all wrong counts as too short as well, but not in its input.
    return [
        _sentence(document, mistake)
        for mistake in error.errors()
        if mistake["type"] != "too_short" or not mistake["input"]
    ]


def _sentence(document: Any, mistake: ErrorDetails) -> str:
    key = ""
    for part in mistake["loc"]:
        document = _within(document, part)
        if isinstance(part, str):
            key += f".{part}" if part != "[key]" else ""
        elif isinstance(document, Mapping) and "name" in document:
            key += f' "{cast(Mapping[str, Any], document)["name"]}"'
        else:
            key += f"[{part + 1}]"
    wrong = _wrong(mistake)
    return f"{key.strip('.')}: {wrong}" if key else wrong


def _wrong(mistake: ErrorDetails) -> str:
    kind, place, context = mistake["type"], mistake["loc"], mistake.get("ctx", {})
    if kind == "literal_error":
        in_a_week = place[-1] == "[key]"
        return (
            "is no day of the week, write monday to sunday"
            if in_a_week
            else f"write {context['expected']}".replace("'", '"')
        )
    if kind == "string_pattern_mismatch":
        return CODES[context["pattern"]]
    if kind == "tuple_type":
        return f"write [[{place[0]}]]" if len(place) == 1 else 'write a list, such as ["..."]'
    said = mistake["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return FIXES.get(kind, said)


def _within(document: Any, part: int | str) -> Any:
    try:
        return document[part]
    except (KeyError, IndexError, TypeError):
        return None
