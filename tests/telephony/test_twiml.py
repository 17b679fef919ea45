from xml.etree.ElementTree import fromstring

from telephony.twiml import (
    MAX_PARAMETER_CHARS,
    FrontDesk,
    connect_stream,
    dial,
    hang_up,
    say_nothing,
    take_voicemail,
)

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


def test_a_sentence_comes_before_the_person() -> None:
    desk = FrontDesk("+15005550010", 20, "https://a/voicemail", "+16175551212")
    assert dial(desk, "Sorry, one moment & please hold.") == (
        f"{HEAD}<Response><Say>Sorry, one moment &amp; please hold.</Say>"
        '<Dial action="https://a/voicemail" callerId="+16175551212" method="POST" timeout="20">'
        "+15005550010</Dial></Response>"
    )


def test_who_has_heard_why_is_connected_at_once() -> None:
    assert dial(FrontDesk("+15005550010", 20, "https://a/v")) == (
        f'{HEAD}<Response><Dial action="https://a/v" method="POST" timeout="20">'
        "+15005550010</Dial></Response>"
    )


def test_voicemail_begins_with_a_prompt_and_ends_by_itself() -> None:
    assert take_voicemail("Speak after the tone.", "https://a/v", "https://a/s") == (
        f"{HEAD}<Response><Say>Speak after the tone.</Say>"
        '<Record action="https://a/v" maxLength="180" method="POST" playBeep="true" '
        'recordingStatusCallback="https://a/s" recordingStatusCallbackMethod="POST" />'
        "<Hangup /></Response>"
    )


def test_a_callback_gets_an_empty_document() -> None:
    assert say_nothing() == f"{HEAD}<Response />"
