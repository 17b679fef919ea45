"""Which errors of the model end a session. Pure.

Source: sections "Fatal failures" and "Errors that do not end the session" of the Realtime
guides; the default is to log and go on.
"""

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
        "session_expired",
    }
)

_HARMLESS = frozenset(
    {
        "response_cancel_not_active",
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
    }
)

_TRUNCATION = ("is already shorter than", "Only model output audio messages can be truncated")


def is_fatal(code: str | None) -> bool:
    """Whether the session is over with this error."""
    return code in _FATAL


def is_harmless(code: str | None, message: str) -> bool:
    """Whether the error is the ordinary outcome of a race and needs no attention.

    The errors of a truncation have no settled code, only a settled sentence.
    """
    return code in _HARMLESS or any(sentence in message for sentence in _TRUNCATION)
