import pytest

from simulator.signing import handshake_signature, webhook_signature

TOKEN = "12345"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def test_a_webhook_is_signed_as_in_the_published_example() -> None:
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert webhook_signature(TOKEN, url, FORM) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_the_order_of_the_form_does_not_matter() -> None:
    turned = dict(reversed(FORM.items()))
    assert webhook_signature(TOKEN, "https://a", turned) == webhook_signature(
        TOKEN, "https://a", FORM
    )


def test_names_are_sorted_by_their_bytes_so_capitals_come_first() -> None:
    assert webhook_signature(TOKEN, "u", {"a": "1", "B": "2"}) == webhook_signature(
        TOKEN, "uB2a1", {}
    )


def test_a_blank_value_is_signed_by_its_name() -> None:
    blank = webhook_signature(TOKEN, "https://a", FORM | {"FromCity": ""})
    assert blank != webhook_signature(TOKEN, "https://a", FORM)


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ("wss://voice.example.com/media", "jFDHVhI8XO69C49uXR3xmdZPylY="),
        ("wss://voice.example.com/media/", "BXF4dPv/qKwfALEQ/o2fVPPvK/c="),
    ],
)
def test_a_handshake_is_signed_by_its_own_url(url: str, signature: str) -> None:
    assert handshake_signature(TOKEN, url) == signature
