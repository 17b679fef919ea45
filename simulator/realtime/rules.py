"""Building blocks that check JSON values and complain with the dotted path, as the service does."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from simulator.realtime.errors import (
    RealtimeError,
    missing_parameter,
    unknown_parameter,
    wrong_type,
    wrong_value,
)

Rule = Callable[[Any, str], None]
"""Raises RealtimeError if the value at the path is not allowed."""

Fields = Mapping[str, Rule]
"""The fields of an object."""


def anything(value: Any, path: str) -> None:
    """Allows every value."""


def boolean(value: Any, path: str) -> None:
    """Allows true and false, and not null."""
    if not isinstance(value, bool):
        raise wrong_type(path, "a boolean", value)


def mapping(value: Any, path: str) -> None:
    """Allows an object with any fields."""
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)


def text(longest: int | None = None) -> Rule:
    """Allows a string of at most so many characters."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise wrong_type(path, "a string", value)
        if longest is not None and len(value) > longest:
            message = (
                f"Invalid '{path}': string too long. Expected a string with maximum length "
                f"{longest}, but got a string with length {len(value)} instead."
            )
            raise RealtimeError("string_above_max_length", message, path)

    return check


def number(low: float, high: float) -> Rule:
    """Allows a number within both bounds."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(path, "a decimal", value)
        if not low <= value <= high:
            raise wrong_value(path, value, f"Expected a value from {low} to {high}.")

    return check


def integer(low: int, high: int | None = None) -> Rule:
    """Allows a whole number within the bounds."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(path, "an integer", value)
        if value < low or (high is not None and value > high):
            raise wrong_value(path, value, f"Expected an integer from {low} to {high}.")

    return check


def choice(*allowed: Any) -> Rule:
    """Allows one of the values; compares types too, so that True is not 1."""

    def check(value: Any, path: str) -> None:
        if not any(value == one and type(value) is type(one) for one in allowed):
            listed = " and ".join(repr(one) for one in allowed)
            raise wrong_value(path, value, f"Supported values are: {listed}.")

    return check


def nullable(rule: Rule) -> Rule:
    """Allows null as well."""

    def check(value: Any, path: str) -> None:
        if value is not None:
            rule(value, path)

    return check


def choice_or(*allowed: Any, otherwise: Rule) -> Rule:
    """Allows one of the strings, or what the other rule does."""
    strings = choice(*allowed)

    def check(value: Any, path: str) -> None:
        (strings if isinstance(value, str) else otherwise)(value, path)

    return check


def array(rule: Rule) -> Rule:
    """Allows a list whose every element follows the rule."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise wrong_type(path, "an array", value)
        for index, element in enumerate(cast("list[Any]", value)):
            rule(element, f"{path}[{index}]")

    return check


def record(fields: Fields, required: tuple[str, ...] = ()) -> Rule:
    """Allows an object with these fields and no others; unknown ones are named first."""

    def check(value: Any, path: str) -> None:
        mapping(value, path)
        prefix = f"{path}." if path else ""
        for name in value:
            if name not in fields:
                raise unknown_parameter(prefix + name)
        for name in required:
            if name not in value:
                raise missing_parameter(prefix + name)
        for name, element in value.items():
            fields[name](element, prefix + name)

    return check


def tagged(tag: str, shapes: Mapping[str, Rule]) -> Rule:
    """Allows an object whose field `tag` names the rule for the whole of it."""
    known = choice(*shapes)

    def check(value: Any, path: str) -> None:
        mapping(value, path)
        tag_path = f"{path}.{tag}" if path else tag
        if tag not in value:
            raise missing_parameter(tag_path)
        known(value[tag], tag_path)
        shapes[value[tag]](value, path)

    return check
