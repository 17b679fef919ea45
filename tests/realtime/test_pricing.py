from decimal import Decimal

import pytest
from pydantic import ValidationError

from calls.entries import Tokens
from realtime.pricing import Prices, load_prices, response_tokens, transcribed_secs
from realtime.session import SessionOptions
from settings import Settings

USED = Tokens(
    text_in=100,
    audio_in=200,
    cached_text_in=1000,
    cached_audio_in=50,
    text_out=30,
    audio_out=400,
)


def test_each_kind_of_token_has_its_own_price() -> None:
    # 100 x 4 + 200 x 32 + 1000 x 0.4 + 50 x 0.4 + 30 x 24 + 400 x 64, in millionths of a dollar
    assert load_prices().of_tokens("gpt-realtime-2.1", USED) == 33_540


def test_audio_is_priced_by_the_minute() -> None:
    assert load_prices().of_audio("gpt-transcribe", 120.0) == 9_000


def test_a_model_without_a_price_costs_nobody_knows_what_and_not_nothing() -> None:
    assert load_prices().of_tokens("gpt-realtime-9", USED) is None
    assert load_prices().of_audio("whisper-9", 1.0) is None


def test_the_models_that_are_used_by_default_have_a_price() -> None:
    prices = load_prices()
    assert Settings.model_fields["openai_realtime_model"].default in prices.tokens
    assert SessionOptions().transcription_model in prices.minutes


def test_the_price_list_has_a_date_and_exact_prices() -> None:
    prices = load_prices()
    assert prices.as_of.year >= 2026
    assert prices.tokens["gpt-realtime-2.1-mini"].cached_text_in == Decimal("0.06")


def test_a_price_list_with_a_gap_is_refused() -> None:
    with pytest.raises(ValidationError, match="audio_out"):
        Prices.model_validate(
            {"as_of": "2026-11-25", "minutes": {}, "tokens": {"a-model": {"text_in": 1}}}
        )


def test_what_a_response_took_is_told_apart_by_price() -> None:
    usage = {
        "total_tokens": 1780,
        "input_token_details": {
            "text_tokens": 1100,
            "audio_tokens": 250,
            "cached_tokens_details": {"text_tokens": 1000, "audio_tokens": 50},
        },
        "output_token_details": {"text_tokens": 30, "audio_tokens": 400},
    }
    assert response_tokens(usage) == USED
    assert response_tokens(usage).total == usage["total_tokens"]
    assert response_tokens({"input_token_details": None}) == Tokens()


@pytest.mark.parametrize(
    ("usage", "secs"),
    [
        ({"type": "duration", "seconds": 2.4}, 2.4),
        ({"type": "tokens", "input_token_details": {"text_tokens": 0, "audio_tokens": 17}}, 1.7),
        ({"type": "tokens"}, 0.0),
        (None, 0.0),
    ],
)
def test_a_transcription_tells_its_length_in_either_form(usage: object, secs: float) -> None:
    assert transcribed_secs(usage) == secs
