import pytest

from realtime.errors import is_fatal, is_harmless, retry_after_secs


@pytest.mark.parametrize(
    "code",
    [
        "invalid_api_key",
        "missing_model",
        "invalid_model",
        "model_not_found",
        "beta_api_shape_disabled",
        "insufficient_quota",
        "account_deactivated",
        "billing_hard_limit_reached",
    ],
)
def test_the_session_is_over_with_a_fatal_error(code: str) -> None:
    assert is_fatal(code)
    assert not is_harmless(code, "")


@pytest.mark.parametrize(
    "code",
    [
        "response_cancel_not_active",
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
    ],
)
def test_the_outcome_of_a_race_is_harmless(code: str) -> None:
    assert is_harmless(code, "")
    assert not is_fatal(code)


@pytest.mark.parametrize("code", [None, "invalid_value"])
@pytest.mark.parametrize(
    "message",
    [
        "Audio content of 3700ms is already shorter than 3760ms",
        "Only model output audio messages can be truncated",
    ],
)
def test_a_truncation_that_came_too_late_is_harmless_whatever_its_code(
    code: str | None, message: str
) -> None:
    assert is_harmless(code, message)
    assert not is_fatal(code)


@pytest.mark.parametrize(
    "code",
    [
        None,
        "",
        "invalid_value",
        "invalid_json",
        "invalid_event",
        "unknown_parameter",
        "missing_required_parameter",
        "cannot_update_voice",
        "a_code_of_next_year",
    ],
)
def test_every_other_error_is_worth_a_line_and_the_call_goes_on(code: str | None) -> None:
    assert not is_fatal(code)
    assert not is_harmless(code, "Invalid value: 'nope'.")


@pytest.mark.parametrize(
    ("message", "secs"),
    [
        ("Rate limit reached. Please try again in 400ms.", 0.4),
        ("Please try again in 1.2s. Visit https://platform.openai.com", 1.2),
        ("Please try again in 6m0s.", 360.0),
        ("Please try again in 2m.", 120.0),
        ("Please try again in a moment.", 0.0),
        ("The server had an error.", 0.0),
    ],
)
def test_a_rate_limit_tells_how_long_to_wait(message: str, secs: float) -> None:
    assert retry_after_secs(message) == secs


def test_an_expired_session_is_no_reason_to_refuse_the_next_one() -> None:
    assert not is_fatal("session_expired")
