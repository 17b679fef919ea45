import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from telephony.token import TOKEN_SECS, StreamTokens, TokenRejected

CALL_SID = "CA00000000000000000000000000000000"
CALLER = "+16175551212"


def later(secs: float) -> StreamTokens:
    """The same secret on a machine whose clock shows so many seconds more."""
    return StreamTokens("secret", lambda: datetime.now(UTC) + timedelta(seconds=secs))


def test_a_token_tells_its_call_and_is_bound_to_its_caller() -> None:
    tokens = StreamTokens("secret")
    token = tokens.read(tokens.issue(CALL_SID, CALLER))
    assert token.call_sid == CALL_SID
    assert tokens.is_bound_to(token, CALLER)
    assert not tokens.is_bound_to(token, "+16175551213")
    assert not tokens.is_bound_to(token, "")


def test_the_callers_number_cannot_be_read_in_a_token() -> None:
    text = StreamTokens("secret").issue(CALL_SID, CALLER)
    _, payload = URLSafeTimedSerializer("anybody's").loads_unsafe(text)
    assert payload[0] == CALL_SID
    assert CALLER not in str(payload)


def test_every_replica_with_the_secret_reads_the_token() -> None:
    token = StreamTokens("secret").read(StreamTokens("secret").issue(CALL_SID, CALLER))
    assert StreamTokens("secret").is_bound_to(token, CALLER)


def test_a_withheld_caller_is_an_empty_text() -> None:
    tokens = StreamTokens("secret")
    assert tokens.is_bound_to(tokens.read(tokens.issue("CA1", "")), "")


@pytest.mark.parametrize("secs", [0, 60, TOKEN_SECS - 5])
def test_a_token_is_good_for_two_minutes(secs: float) -> None:
    assert TOKEN_SECS == 120
    assert later(secs).read(later(0).issue(CALL_SID, CALLER)).call_sid == CALL_SID


@pytest.mark.parametrize("secs", [TOKEN_SECS + 5, 86_400, -TOKEN_SECS - 5, -86_400])
def test_an_old_token_is_rejected_and_so_is_one_of_the_future(secs: float) -> None:
    with pytest.raises(TokenRejected, match=r"^expired$"):
        later(secs).read(later(0).issue(CALL_SID, CALLER))


@pytest.mark.parametrize("secs", [-1, -5, -60])
def test_a_replica_whose_clock_is_behind_still_reads_the_token(secs: float) -> None:
    assert later(secs).read(later(0).issue(CALL_SID, CALLER)).call_sid == CALL_SID


def test_a_token_of_another_secret_is_rejected() -> None:
    with pytest.raises(TokenRejected, match="BadTimeSignature"):
        StreamTokens("other").read(StreamTokens("secret").issue(CALL_SID, CALLER))


def test_a_token_for_another_purpose_is_rejected() -> None:
    other = str(URLSafeSerializer("secret", salt="dashboard").dumps(["CA1", ""]))
    with pytest.raises(TokenRejected):
        StreamTokens("secret").read(other)


def test_every_damaged_character_is_noticed() -> None:
    tokens = StreamTokens("secret")
    text = tokens.issue(CALL_SID, CALLER)
    # Not the last one: some of its bits stand for nothing in base64.
    for place in range(len(text) - 1):
        damaged = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(TokenRejected):
            tokens.read(damaged)


@given(st.text())
def test_any_other_text_is_rejected(text: str) -> None:
    with pytest.raises(TokenRejected):
        StreamTokens("secret").read(text)


@given(st.text(), st.text())
def test_a_token_is_one_segment_of_a_path(call_sid: str, caller: str) -> None:
    tokens = StreamTokens("secret")
    text = tokens.issue(call_sid, caller)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", text)
    assert tokens.read(text).call_sid == call_sid


def test_a_browsers_token_is_bound_to_the_origin_of_its_page() -> None:
    tokens = StreamTokens("secret")
    token = tokens.read(tokens.issue(CALL_SID, CALLER, origin="https://spa.example.com"))
    assert token.is_browsers
    assert tokens.is_bound_to(token, CALLER)
    assert tokens.is_from(token, "https://spa.example.com")
    assert not tokens.is_from(token, "https://evil.example.com")
    assert not tokens.is_from(token, "")


def test_a_token_for_twilio_is_no_browsers() -> None:
    tokens = StreamTokens("secret")
    token = tokens.read(tokens.issue(CALL_SID, CALLER))
    assert not token.is_browsers
    assert not tokens.is_from(token, "")
