"""What the models cost. Pure; the prices are in prices.toml, with their date."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from calls.entries import Tokens

TOKENS_A_SEC = 10
"""Of a caller's audio."""

PRICES_FILE = Path(__file__).parent / "prices.toml"


class TokenPrices(BaseModel):
    """US dollars for a million tokens of each kind; see `calls.entries.Tokens`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text_in: Decimal
    audio_in: Decimal
    cached_text_in: Decimal
    cached_audio_in: Decimal
    text_out: Decimal
    audio_out: Decimal


class Prices(BaseModel):
    """A price list.

    Attributes:
        as_of: when the prices were read.
        tokens: of the models that answer.
        minutes: US dollars for a minute of audio, of the models that transcribe.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date
    tokens: Mapping[str, TokenPrices]
    minutes: Mapping[str, Decimal]

    def of_tokens(self, model: str, tokens: Tokens) -> int | None:
        """What a response costs, in microdollars; None for a model without a price."""
        prices = self.tokens.get(model)
        if prices is None:
            return None
        # A dollar for a million tokens is a microdollar for one.
        return _rounded(
            sum(
                (count * getattr(prices, kind) for kind, count in asdict(tokens).items()), Decimal()
            )
        )

    def of_audio(self, model: str, secs: float) -> int | None:
        """What a transcription costs, in microdollars; None for a model without a price."""
        price = self.minutes.get(model)
        return None if price is None else _rounded(price * 1_000_000 * Decimal(secs) / 60)


def transcribed_secs(usage: Any) -> float:
    """How much audio a transcription's `usage` speaks of, by the second or by the token."""
    match usage:
        case {"type": "duration", "seconds": float() | int() as secs}:
            return float(secs)
        case {"type": "tokens", "input_token_details": {"audio_tokens": int() as tokens}}:
            return tokens / TOKENS_A_SEC
        case _:
            return 0.0


def response_tokens(usage: Mapping[str, Any]) -> Tokens:
    """What a response took and gave, from its `usage`, by what each is priced."""
    given, made = _details(usage, "input_token_details"), _details(usage, "output_token_details")
    cached = _details(given, "cached_tokens_details")
    cached_text, cached_audio = cached.get("text_tokens", 0), cached.get("audio_tokens", 0)
    return Tokens(
        text_in=given.get("text_tokens", 0) - cached_text,
        audio_in=given.get("audio_tokens", 0) - cached_audio,
        cached_text_in=cached_text,
        cached_audio_in=cached_audio,
        text_out=made.get("text_tokens", 0),
        audio_out=made.get("audio_tokens", 0),
    )


def _details(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return usage.get(name) or {}


def load_prices(path: Path = PRICES_FILE) -> Prices:
    """The price list."""
    return Prices.model_validate(
        tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    )


def _rounded(microdollars: Decimal) -> int:
    return int(microdollars.to_integral_value(ROUND_HALF_EVEN))
