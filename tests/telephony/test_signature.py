import base64
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from starlette.datastructures import ImmutableMultiDict

from telephony import signature as product
from telephony.signature import Signature, TwilioSecrets, read_signature

TOKEN = "12345"
URL = "https://example.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}
SIGNATURE = "L/OH5YylLD5NRKLltdqwSvS0BnU="

STREAM = "wss://voice.example.com/media"
BARE, SLASHED = "jFDHVhI8XO69C49uXR3xmdZPylY=", "BXF4dPv/qKwfALEQ/o2fVPPvK/c="


def signature(text: str, token: str = TOKEN, algorithm: str = "sha1") -> str:
    """The signature as Twilio's documentation describes it, without Twilio's library."""
    digest = hmac.new(token.encode(), text.encode(), algorithm).digest()
    return base64.b64encode(digest).decode()


def signed_webhook(url: str, form: Mapping[str, Any], given: str, tokens: Iterable[str]) -> bool:
    return product.signed_webhook(url, form, Signature(given), TwilioSecrets(tuple(tokens)))


def signed_handshake(url: str, given: str, tokens: Iterable[str]) -> bool:
    return product.signed_handshake(url, Signature(given), TwilioSecrets(tuple(tokens)))


def test_twilios_own_vector_is_accepted() -> None:
    assert signed_webhook(URL, FORM, SIGNATURE, [TOKEN])


@pytest.mark.parametrize(
    ("url", "form", "given", "token"),
    [
        (URL.replace("https", "http"), FORM, SIGNATURE, TOKEN),
        (URL.replace("bar=2", "bar=3"), FORM, SIGNATURE, TOKEN),
        (URL.replace("example.com", "example.org"), FORM, SIGNATURE, TOKEN),
        (f"{URL}&baz=3", FORM, SIGNATURE, TOKEN),
        (URL.replace("myapp.php", "myapp.php/"), FORM, SIGNATURE, TOKEN),
        (URL, {**FORM, "From": "+14158675311"}, SIGNATURE, TOKEN),
        (URL, {**FORM, "Added": "1"}, SIGNATURE, TOKEN),
        (URL, {**FORM, "from": "+14158675310"}, SIGNATURE, TOKEN),
        (URL, {}, SIGNATURE, TOKEN),
        (URL, FORM, SIGNATURE.lower(), TOKEN),
        (URL, FORM, SIGNATURE[:-1], TOKEN),
        (URL, FORM, f"{SIGNATURE} ", TOKEN),
        (URL, FORM, "", TOKEN),
        (URL, FORM, "\u00e9" * len(SIGNATURE), TOKEN),
        (URL, FORM, SIGNATURE, "12346"),
        (URL, FORM, SIGNATURE, ""),
    ],
)
def test_any_other_url_form_signature_or_token_is_refused(
    url: str, form: dict[str, str], given: str, token: str
) -> None:
    assert not signed_webhook(url, form, given, [token])


def test_without_a_token_nothing_is_signed() -> None:
    assert not signed_webhook(URL, FORM, SIGNATURE, [])
    assert not signed_webhook(URL, FORM, signature(URL, ""), [])
    assert not signed_handshake(STREAM, BARE, [])


def test_both_tokens_of_a_rotation_are_accepted() -> None:
    assert signed_webhook(URL, FORM, SIGNATURE, ["new", TOKEN])
    assert signed_webhook(URL, FORM, SIGNATURE, [TOKEN, "old"])
    assert signed_handshake(STREAM, BARE, ["new", TOKEN])
    assert signed_handshake(STREAM, SLASHED, iter(["new", TOKEN]))


def test_blank_values_are_signed() -> None:
    form = {"CallSid": "CA1", "ToCity": "", "ToState": "", "From": "+16175551212"}
    given = signature("https://spa.example.com/voiceCallSidCA1From+16175551212ToCityToState")
    assert signed_webhook("https://spa.example.com/voice", form, given, [TOKEN])
    del form["ToCity"]
    assert not signed_webhook("https://spa.example.com/voice", form, given, [TOKEN])


def test_repeated_names_are_signed_with_each_value_once_in_order() -> None:
    form: ImmutableMultiDict[str, str] = ImmutableMultiDict(
        [("b", "2"), ("a", "y"), ("a", "x"), ("a", "y")]
    )
    given = signature("https://spa.example.com/voiceaxayb2")
    assert signed_webhook("https://spa.example.com/voice", form, given, [TOKEN])


def test_names_are_sorted_by_their_bytes() -> None:
    form = {"b": "3", "a": "2", "B": "1", "\u00e9": "4"}
    given = signature("https://spa.example.com/voiceB1a2b3\u00e94")
    assert signed_webhook("https://spa.example.com/voice", form, given, [TOKEN])


def test_a_url_is_signed_with_or_without_its_port() -> None:
    with_port, without = "https://spa.example.com:443/voice", "https://spa.example.com/voice"
    for given in (signature(with_port), signature(without)):
        assert signed_webhook(with_port, {}, given, [TOKEN])
        assert signed_webhook(without, {}, given, [TOKEN])


def test_a_handshake_may_be_signed_with_or_without_a_slash_at_the_end() -> None:
    for url in (STREAM, f"{STREAM}/"):
        assert signed_handshake(url, BARE, [TOKEN])
        assert signed_handshake(url, SLASHED, [TOKEN])


def test_a_handshake_on_a_port_of_its_own_is_accepted() -> None:
    url = "wss://voice.example.com:8443/media"
    assert signed_handshake(url, signature(url), [TOKEN])


@pytest.mark.parametrize(
    ("url", "given", "token"),
    [
        (STREAM, SIGNATURE, TOKEN),
        (STREAM, "", TOKEN),
        (STREAM, BARE, "12346"),
        ("wss://voice.example.com/other", BARE, TOKEN),
        ("wss://voice.example.org/media", BARE, TOKEN),
        ("https://voice.example.com/media", BARE, TOKEN),
        (f"{STREAM}?token=1", BARE, TOKEN),
    ],
)
def test_any_other_handshake_is_refused(url: str, given: str, token: str) -> None:
    assert not signed_handshake(url, given, [token])


VOICE = "https://spa.example.com/voice"
SHARED = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
SECRETS = TwilioSecrets((TOKEN,), ("old key", "a key"))


@pytest.mark.parametrize("settings", [SHARED, "algorithm=hmac_sha256 , key=k"])
def test_a_shared_key_signs_with_sha_256(settings: str) -> None:
    given = Signature(signature(f"{VOICE}CallSidCA1", "a key", "sha256"), settings)
    assert product.signed_webhook(VOICE, {"CallSid": "CA1"}, given, SECRETS)
    assert not product.signed_webhook(VOICE, {"CallSid": "CA2"}, given, SECRETS)
    stream = Signature(signature(f"{STREAM}/", "a key", "sha256"), settings)
    assert product.signed_handshake(STREAM, stream, SECRETS)


@pytest.mark.parametrize(
    ("key", "algorithm", "settings"),
    [
        (TOKEN, "sha256", SHARED),  # an Auth Token is no shared key
        (TOKEN, "sha1", SHARED),
        ("a key", "sha256", ""),  # nor a shared key an Auth Token
        ("a key", "sha1", ""),
        ("a key", "sha1", SHARED),
        ("a key", "sha256", "key=k,algorithm=HMAC_MD5"),
        ("a key", "md5", "key=k,algorithm=HMAC_MD5"),
        ("", "sha256", SHARED),
    ],
)
def test_a_secret_signs_only_in_its_own_way(key: str, algorithm: str, settings: str) -> None:
    given = Signature(signature(VOICE, key, algorithm), settings)
    assert not product.signed_webhook(VOICE, {}, given, SECRETS)


def test_without_a_shared_key_nothing_is_signed_with_one() -> None:
    given = Signature(signature(VOICE, "", "sha256"), SHARED)
    assert not product.signed_webhook(VOICE, {}, given, TwilioSecrets((TOKEN,)))


def test_a_signature_is_read_from_its_headers() -> None:
    headers = {"x-twilio-signature": "s", "x-twilio-webhooks-signature-settings": SHARED}
    assert read_signature(headers) == Signature("s", SHARED)
    assert read_signature({}) == Signature("")
