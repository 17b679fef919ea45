"""Which errors of the model end a session. Pure.

Source: sections "Fatal failures" and "Errors that do not end the session" of the Realtime
guides; the default is to log and go on.
"""

import re

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What an event of another shape than the model's raises when it is read."""

_FATAL = frozenset(
    {
        "invalid_api_key",
        "missing_model",
        "invalid_model",
        "model_not_found",
        "beta_api_shape_disabled",
        "insufficient_quota",
        "account_deactivated",
        "billing_hard_limit_reached",
    }
)

_HARMLESS = frozenset(
    {
        "response_cancel_not_active",
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
    }
)

_TRY_AGAIN = re.compile(
    r"try again in (?=\d)(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?"
)

_TRUNCATION = ("is already shorter than", "Only model output audio messages can be truncated")


def is_fatal(code: str | None) -> bool:
    """Whether another session would be refused too.

    `session_expired` is not among them: the close behind it is like every other one.
    """
    return code in _FATAL


def is_harmless(code: str | None, message: str) -> bool:
    """Whether the error is the ordinary outcome of a race and needs no attention.

    The errors of a truncation have no settled code, only a settled sentence.
    """
    return code in _HARMLESS or any(sentence in message for sentence in _TRUNCATION)


def retry_after_secs(message: str) -> float:
    """How long to wait before asking again, as a rate limit's message tells; else 0."""
    found = _TRY_AGAIN.search(message)
    if not found:
        return 0.0
    minutes, secs, millis = (float(part or 0) for part in found.groups())
    return 60 * minutes + secs + millis / 1000
