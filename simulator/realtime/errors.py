"""Errors in the service's own words.

RealtimeError        answered by an `error` event; the session lives on
└── FatalError       answered by an `error` event and a close frame
"""

from typing import Any


class RealtimeError(Exception):
    """One `error` event."""

    def __init__(
        self,
        code: str | None,
        message: str,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.kind = kind

    def body(self, client_event_id: str | None) -> dict[str, Any]:
        """The inner object of the event; the id is that of the client event at fault."""
        return {
            "type": self.kind,
            "code": self.code,
            "message": self.message,
            "param": self.param,
            "event_id": client_event_id,
        }


class FatalError(RealtimeError):
    """An error that ends the session with a close code and a reason."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        close_code: int,
        reason: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(code, message, kind=kind)
        self.close_code = close_code
        self.reason = reason or f"{kind}.{code}"


def unknown_parameter(path: str) -> RealtimeError:
    """A field the GA interface does not have, most often one of the beta's."""
    return RealtimeError("unknown_parameter", f"Unknown parameter: '{path}'.", path)


def missing_parameter(path: str) -> RealtimeError:
    """A required field that is absent."""
    message = f"Missing required parameter: '{path}'."
    return RealtimeError("missing_required_parameter", message, path)


def wrong_type(path: str, expected: str, value: object) -> RealtimeError:
    """A value of another JSON type than expected."""
    message = f"Invalid type for '{path}': expected {expected}, but got {_kind(value)} instead."
    return RealtimeError("invalid_type", message, path)


def wrong_value(path: str, value: object, expected: str) -> RealtimeError:
    """A value of the right type outside its range or list."""
    return RealtimeError("invalid_value", f"Invalid value: {value!r}. {expected}", path)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string"}
    for kind, name in names.items():
        if isinstance(value, kind):
            return name
    return "an array" if isinstance(value, list) else "an object"
