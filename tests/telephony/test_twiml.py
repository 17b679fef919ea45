from xml.etree.ElementTree import fromstring

from telephony.twiml import MAX_PARAMETER_CHARS, apologise_and_dial, connect_stream, hang_up

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def parameters(document: str) -> dict[str | None, str | None]:
    return {
        parameter.get("name"): parameter.get("value")
        for parameter in fromstring(document).iter("Parameter")  # noqa: S314  our own text
    }


def test_a_call_is_connected_to_a_bidirectional_stream() -> None:
    assert connect_stream(
        "wss://spa.example.com/media-stream/t0k3n",
        "https://spa.example.com/voice/after",
        {"customerPhone": "+16175551212", "callSid": "CA1"},
    ) == (
        f'{HEAD}<Response><Connect action="https://spa.example.com/voice/after" method="POST">'
        '<Stream url="wss://spa.example.com/media-stream/t0k3n">'
        '<Parameter name="customerPhone" value="+16175551212" />'
        '<Parameter name="callSid" value="CA1" />'
        "</Stream></Connect></Response>"
    )


def test_a_stream_needs_no_parameters() -> None:
    assert connect_stream("wss://spa.example.com/m", "https://spa.example.com/after", {}) == (
        f'{HEAD}<Response><Connect action="https://spa.example.com/after" method="POST">'
        '<Stream url="wss://spa.example.com/m" /></Connect></Response>'
    )


def test_parameters_are_escaped() -> None:
    odd = {"customerPhone": 'sip:"a&b"<c>@example.com', "name": "\u00e9\u4e2d"}
    assert parameters(connect_stream("wss://s", "https://a", odd)) == odd


def test_name_and_value_of_a_parameter_stay_below_500_characters() -> None:
    document = connect_stream("wss://s", "https://a", {"customerPhone": "x" * 600, "b": "y" * 498})
    given = parameters(document)
    assert given == {"customerPhone": "x" * (499 - len("customerPhone")), "b": "y" * 498}
    assert MAX_PARAMETER_CHARS == 499


def test_hanging_up_is_one_verb() -> None:
    assert hang_up() == f"{HEAD}<Response><Hangup /></Response>"


def test_an_apology_comes_before_the_person() -> None:
    assert apologise_and_dial("Sorry, one moment & please hold.", "+15005550010") == (
        f"{HEAD}<Response><Say>Sorry, one moment &amp; please hold.</Say>"
        "<Dial>+15005550010</Dial></Response>"
    )
