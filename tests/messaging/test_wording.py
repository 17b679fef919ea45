"""Texts are worded in the customer's language, as dates are written in the spa's country."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from booking.spa import Spa
from booking.text_message import TextKind, TextMessage, TextStatus
from messaging.wording import Wording, languages
from tests.booking.setting import sample

CONFIRMATION = TextMessage(
    id=1,
    kind=TextKind.CONFIRMATION,
    phone="+16175551212",
    language="",
    facts={
        "treatment": "Couples massage",
        "starts_at": "2026-12-01T14:30:00-05:00",
        "therapists": ["Maya Chen", "Luca Romano"],
        "code": "ABCD",
    },
    status=TextStatus.SENDING,
    attempts=1,
    in_doubt=False,
    body="",
    error="",
    created_at=datetime(2026, 11, 30, tzinfo=UTC),
)
OFFER = replace(
    CONFIRMATION,
    kind=TextKind.OFFER,
    facts={
        **{key: value for key, value in CONFIRMATION.facts.items() if key != "code"},
        "until": "2026-11-30T11:00:00-05:00",
    },
)


def spa(**changes: Any) -> Spa:
    return Spa.model_validate(sample().spa.model_dump() | changes)


def words(text: TextMessage, **changes: Any) -> str:
    return Wording(spa(**changes), lambda code: f"https://x/{code}").words(text)


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", TextKind)
def test_every_language_has_words_for_every_kind(language: str, kind: TextKind) -> None:
    text = replace(OFFER if kind is TextKind.OFFER else CONFIRMATION, kind=kind, language=language)
    body = words(text, languages=["en", language])
    assert body.startswith("Serenity Spa: ")
    assert "Couples massage" in body
    assert len(body) < 320


def test_an_offer_says_until_when() -> None:
    assert words(OFFER) == (
        "Serenity Spa: Couples massage on Tue, Dec 1 at 2:30 PM with Maya Chen and Luca Romano has "
        "become free. It is kept for you until Mon, Nov 30, 11:00 AM. To take it, call this number."
    )


def test_a_customer_is_written_to_in_their_language() -> None:
    body = words(replace(CONFIRMATION, language="es"))
    assert body.startswith("Serenity Spa: Couples massage con Maya Chen y Luca Romano, mar, 1 ")


@pytest.mark.parametrize(
    ("wished", "spoken", "told"),
    [
        ("es", ["en"], "is booked"),
        ("", ["es", "en"], "reservado"),
        ("xx", ["en", "es"], "is booked"),
        ("de", ["de"], "is booked"),
        ("de", ["de", "es"], "reservado"),
    ],
)
def test_the_house_decides_which_languages_there_are(
    wished: str, spoken: list[str], told: str
) -> None:
    assert told in words(replace(CONFIRMATION, language=wished), languages=spoken)


@pytest.mark.parametrize(
    ("country", "told"),
    [
        ("US", "Tue, Dec 1 at 2:30 PM"),
        ("GB", "1 Dec at 14:30"),
        ("", "Tue, Dec 1 at 2:30 PM"),
        ("AT", "1 Dec at 14:30"),
    ],
)
def test_dates_are_written_as_in_the_country(country: str, told: str) -> None:
    assert told in words(CONFIRMATION, country=country, region="")


def test_no_character_makes_an_english_text_twice_as_long() -> None:
    assert words(CONFIRMATION).isascii()
