import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.caller_id import WITHHELD_KEYPAD, caller_phone, masked

E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)


@pytest.mark.parametrize(
    "number",
    ["+16175551212", "+442071838750", "+4915112345678", "+3906123456", "+80012345678"],
)
def test_a_number_in_e164_is_an_identity(number: str) -> None:
    assert caller_phone(number) == number


@pytest.mark.parametrize(
    "from_",
    [
        "client:alice",
        "client:+16175551212",
        "sip:alice@example.com",
        "sip:+16175551212@example.com:5060;transport=tls",
        "sips:alice@example.com",
        "whatsapp:+16175551212",
        "anonymous",
        "Anonymous",
        "ANONYMOUS",
        "Restricted",
        "Unknown",
        "unavailable",
        "private",
        "",
        " ",
    ],
)
def test_withheld_numbers_and_other_networks_are_no_identity(from_: str) -> None:
    assert caller_phone(from_) is None


@pytest.mark.parametrize(
    "from_", ["+266696687", "+7378742833", "+8656696", "+2562533", "+86282452253"]
)
def test_words_spelled_on_a_keypad_are_no_identity(from_: str) -> None:
    assert from_ in WITHHELD_KEYPAD
    assert caller_phone(from_) is None


@pytest.mark.parametrize(
    "from_",
    [
        "16175551212",
        " 16175551212",
        "6175551212",
        "911",
        "+",
        "+1",
        "+123",
        "+1617555121",
        "+999123456789",
        "+016175551212",
        "+1234567890123456",
        "++16175551212",
        "+1 617 555 1212",
        "+1(617)5551212",
        "+16175551212\n",
        "+16175551212;ext=5",
        "+16175551212x5",
        "+1800FLOWERS",
        "+\u0661\u0666\u0661\u0667\u0665\u0665\u0665\u0661\u0662\u0661\u0662",
    ],
)
def test_what_is_no_e164_or_in_no_plan_is_no_identity(from_: str) -> None:
    assert caller_phone(from_) is None


@given(st.text() | st.from_regex(r"\A\+[0-9 ()x;-]{1,20}\Z"))
def test_any_text_is_a_number_in_e164_or_no_identity(from_: str) -> None:
    phone = caller_phone(from_)
    assert phone is None or E164.fullmatch(phone)


def test_a_masked_number_shows_two_digits() -> None:
    assert masked("+16175551212") == "...12"
    assert masked(None) == "withheld"
    assert masked("") == "withheld"
