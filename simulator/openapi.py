"""Twilio's published description of its REST interface, as a judge of requests and of answers.

Stricter than a description has to be: what it does not name is a problem too.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

DESCRIPTION = Path(__file__).parent / "twilio_api_v2010.subset.json"

Schema = Mapping[str, Any]

_NUMBERS = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false|True|False"}
"""How a type is written in a form."""

_JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    Attributes:
        path: as the description writes it, with its braces.
        method: `get` or `post`.
        sids: what stands in the path for its braces.
    """

    path: str
    method: str
    sids: dict[str, str]


class Description:
    """Judges forms, queries and answers; every judgement is a list of problems, a line each."""

    def __init__(self, path: Path = DESCRIPTION) -> None:
        """Read the description.

        Args:
            path: of the OpenAPI file.
        """
        self._paths: dict[str, dict[str, Any]]
        description = json.loads(path.read_text(encoding="utf-8"))
        self._paths = description["paths"]
        self._schemas: dict[str, Schema] = description["components"]["schemas"]

    def find(self, path: str, method: str) -> Operation | None:
        """The operation of a request; None when there is none, or a SID in it is misspelt."""
        for template, item in self._paths.items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
            match = re.fullmatch(pattern, path)
            if match is None or method.lower() not in item:
                continue
            operation = Operation(template, method.lower(), match.groupdict())
            schemas = self._parameters(operation, "path")
            if all(not self._text(schemas[name], sid) for name, sid in operation.sids.items()):
                return operation
        return None

    def query_problems(
        self, operation: Operation, fields: Mapping[str, Sequence[str]]
    ) -> list[str]:
        """What is wrong with a query."""
        return self._field_problems(self._parameters(operation, "query"), fields)

    def form_problems(self, operation: Operation, fields: Mapping[str, Sequence[str]]) -> list[str]:
        """What is wrong with a form, but for fields that are missing."""
        return self._field_problems(self._form(operation).get("properties", {}), fields)

    def missing(self, operation: Operation, fields: Mapping[str, Sequence[str]]) -> list[str]:
        """The required fields that a form does not have."""
        return [name for name in self._form(operation).get("required", ()) if name not in fields]

    def answer_problems(self, operation: Operation, status: int, answer: Any) -> list[str]:
        """What is wrong with a successful answer."""
        responses = self._paths[operation.path][operation.method]["responses"]
        if str(status) not in responses:
            return [f"{operation.method} {operation.path} does not answer {status}"]
        schema = responses[str(status)]["content"]["application/json"]["schema"]
        return self._value_problems(schema, answer, "answer")

    def blank(self, schema: str) -> dict[str, Any]:
        """A resource with all its fields, empty."""
        return dict.fromkeys(self._schemas[schema]["properties"])

    def _form(self, operation: Operation) -> Schema:
        body = self._paths[operation.path][operation.method].get("requestBody")
        return body["content"]["application/x-www-form-urlencoded"]["schema"] if body else {}

    def _parameters(self, operation: Operation, place: str) -> dict[str, Schema]:
        parameters = self._paths[operation.path][operation.method].get("parameters", ())
        return {item["name"]: item["schema"] for item in parameters if item["in"] == place}

    def _field_problems(
        self, schemas: Mapping[str, Schema], fields: Mapping[str, Sequence[str]]
    ) -> list[str]:
        problems = [f"{name}: unknown" for name in fields if name not in schemas]
        for name in fields.keys() & schemas.keys():
            schema = self._resolved(schemas[name])
            if schema.get("type") == "array":
                schema = self._resolved(schema["items"])
            elif len(fields[name]) > 1:
                problems.append(f"{name}: given {len(fields[name])} times")
            for value in fields[name]:
                problems += [f"{name}: {problem}" for problem in self._text(schema, value)]
        return sorted(problems)

    def _text(self, schema: Schema, value: str) -> list[str]:
        """What is wrong with a value that was written as text."""
        schema = self._resolved(schema)
        kind = schema.get("type", "string")
        if kind in _NUMBERS:
            if not re.fullmatch(_NUMBERS[kind], value):
                return [f"{value!r} is no {kind}"]
            return _range_problems(schema, float(value)) if kind != "boolean" else []
        if schema.get("format") == "uri" and not urlsplit(value).netloc:
            return [f"{value!r} is no absolute URL"]
        return _string_problems(schema, value)

    def _value_problems(self, schema: Schema, value: Any, where: str) -> list[str]:
        schema = self._resolved(schema)
        if value is None:
            # Twilio marks no enumeration as nullable, and leaves many of them null.
            return [] if schema.get("nullable") or "enum" in schema else [f"{where}: is null"]
        kind = cast(str, schema["type"])
        if not isinstance(value, _JSON_TYPES[kind]) or (
            isinstance(value, bool) and kind != "boolean"
        ):
            return [f"{where}: {value!r} is no {kind}"]
        if kind == "array":
            return [
                problem
                for number, item in enumerate(cast(list[Any], value))
                for problem in self._value_problems(schema["items"], item, f"{where}.{number}")
            ]
        if kind == "object":
            return self._object_problems(schema, cast(dict[str, Any], value), where)
        problems = _string_problems(schema, value) if isinstance(value, str) else []
        return [f"{where}: {problem}" for problem in problems]

    def _object_problems(self, schema: Schema, value: dict[str, Any], where: str) -> list[str]:
        if "properties" not in schema:
            return []
        schemas: Mapping[str, Schema] = schema["properties"]
        return [f"{where}.{name}: unknown" for name in value if name not in schemas] + [
            problem
            for name in value
            if name in schemas
            for problem in self._value_problems(schemas[name], value[name], f"{where}.{name}")
        ]

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        return schema if reference is None else self._schemas[reference.rpartition("/")[2]]


def _range_problems(schema: Schema, value: float) -> list[str]:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    return [] if low <= value <= high else [f"{value:g} is not {low} to {high}"]


def _string_problems(schema: Schema, value: str) -> list[str]:
    problems: list[str] = []
    if "enum" in schema and value not in schema["enum"]:
        problems.append(f"{value!r} is none of {', '.join(schema['enum'])}")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        problems.append(f"{value!r} has the wrong length")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        problems.append(f"{value!r} does not look like {schema['pattern']}")
    if not _has_format(schema.get("format", ""), value):
        problems.append(f"{value!r} is no {schema['format']}")
    return problems


def _has_format(name: str, value: str) -> bool:
    """Whether a text has a format; phone numbers are judged by their own error codes."""
    try:
        match name:
            case "uri":
                # In answers Twilio calls a path from its own root a URI too.
                return bool(urlsplit(value).netloc) or value.startswith("/")
            case "date-time-rfc-2822":
                parsedate_to_datetime(value)
            case "date-time":
                datetime.fromisoformat(value)
            case "date":
                date.fromisoformat(value)
            case "currency":
                return re.fullmatch("[A-Za-z]{3}", value) is not None
            case _:
                return True
    except ValueError:
        return False
    return True
