import pytest

from simulator.twiml_reader import (
    Connect,
    Dial,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    StartStream,
    TwimlError,
    Verb,
    read_twiml,
)

XML = "text/xml; charset=utf-8"
STREAM = '<Stream url="wss://spa.example/media"/>'


def read(body: str) -> list[Verb]:
    return read_twiml(f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>', XML)


def test_the_documented_example_is_understood() -> None:
    document = """<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Connect action="https://voice.example.com/after-stream">
    <Stream url="wss://voice.example.com/media" name="agent"
        statusCallback="https://voice.example.com/stream-status" statusCallbackMethod="POST">
      <Parameter name="token" value="t0k3n"/>
      <Parameter name="from" value="+16175551212"/>
    </Stream>
  </Connect>
</Response>"""
    assert read_twiml(document, "text/xml") == [
        Connect(
            "wss://voice.example.com/media",
            {"token": "t0k3n", "from": "+16175551212"},
            "https://voice.example.com/after-stream",
        )
    ]


@pytest.mark.parametrize(
    ("body", "verbs"),
    [
        ("", []),
        (f"<Connect>{STREAM}</Connect>", [Connect("wss://spa.example/media")]),
        (
            '<Connect><Stream url="ws://127.0.0.1:8000/m"/></Connect>',
            [Connect("ws://127.0.0.1:8000/m")],
        ),
        (f"<Start>{STREAM}</Start>", [StartStream("wss://spa.example/media")]),
        (
            '<Start><Stream url="wss://s/m" track="both_tracks"/></Start>',
            [StartStream("wss://s/m")],
        ),
        ("<Dial>+15005550010</Dial>", [Dial("+15005550010")]),
        ('<Dial action="/a" timeout="20"> +1 </Dial>', [Dial("+1", "/a", timeout_secs=20)]),
        (
            '<Dial method="get" callerId="+2"> +1 </Dial>',
            [Dial("+1", method="GET", caller_id="+2")],
        ),
        ("<Dial><Number>+15005550010</Number></Dial>", [Dial("+15005550010")]),
        ("<Say> One moment &amp; bye. </Say>", [Say("One moment & bye.")]),
        ("<Say>Your <emphasis>massage</emphasis> waits.</Say>", [Say("Your massage waits.")]),
        ("<Play>https://s/a.wav</Play>", [Play("https://s/a.wav")]),
        ('<Play digits="ww12"/>', [Play("")]),
        ("<Pause/>", [Pause(1.0)]),
        ('<Pause length="3"/>', [Pause(3.0)]),
        ('<Record action="/r" playBeep="false"/>', [Record("/r")]),
        (
            '<Record finishOnKey="5" recordingStatusCallback="/c"'
            ' recordingStatusCallbackMethod="GET"/>',
            [Record(finish_on_key="5", callback="/c", callback_method="GET")],
        ),
        ('<Redirect method="GET">/next</Redirect>', [Redirect("/next", "GET")]),
        ("<Redirect>/next</Redirect>", [Redirect("/next")]),
        ("<Say>Bye.</Say><Hangup/>", [Say("Bye."), Hangup()]),
        ('<Reject reason="busy"/>', [Reject("busy")]),
    ],
)
def test_a_good_document_gives_its_verbs_in_order(body: str, verbs: list[Verb]) -> None:
    assert read(body) == verbs


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("<Connect>", 12100, "not XML"),
        ("<Dance/>", 12100, "Dance is not a verb"),
        ("<say>x</say>", 12100, "say is not a verb"),
        ('<Say Voice="x">x</Say>', 12100, "no attribute Voice"),
        ("<Connect/>", 12100, "one Stream"),
        (f"<Connect>{STREAM}{STREAM}</Connect>", 12100, "one Stream"),
        ("<Connect><Number>+1</Number></Connect>", 12100, "one Stream"),
        ('<Connect actionUrl="/a">' + STREAM + "</Connect>", 12100, "no attribute actionUrl"),
        ("<Connect><Stream/></Connect>", 12100, "not wss"),
        ('<Connect><Stream url="https://s/m"/></Connect>', 12100, "not wss"),
        ('<Connect><Stream url="ws://s/m"/></Connect>', 12100, "not wss"),
        ('<Connect><Stream url="wss://s/m?a=1"/></Connect>', 31920, "query"),
        ('<Connect><Stream url="wss://s/m" track="both_tracks"/></Connect>', 31941, "both_tracks"),
        ('<Start><Stream url="wss://s/m" track="both"/></Start>', 31941, "track both"),
        ('<Connect><Stream url="wss://s/m" codec="x"/></Connect>', 12100, "no attribute codec"),
        ("<Start/>", 12100, "one Stream"),
        ("<Dial/>", 12100, "Dial is empty"),
        ("<Dial><Number> </Number></Dial>", 12100, "Number is empty"),
        ("<Dial><Number>+1</Number><Number>+2</Number></Dial>", 12100, "one Number"),
        ('<Dial><Number say="x">+1</Number></Dial>', 12100, "no attribute say"),
        ("<Redirect/>", 12100, "Redirect is empty"),
        ("<Play/>", 12100, "Play is empty"),
        ('<Pause length="long"/>', 12100, "length long"),
        ('<Pause length="-1"/>', 12100, "length -1"),
        ("<Say>No.</Say><Reject/>", 12100, "first verb"),
        ('<Reject reason="tired"/>', 12100, "reason tired"),
        ('<Dial timeout="0">+1</Dial>', 13212, "timeout 0"),
        ('<Dial timeout="601">+1</Dial>', 13212, "timeout 601"),
        ('<Dial timeout="soon">+1</Dial>', 13212, "timeout soon"),
        ('<Dial method="PUT">+1</Dial>', 12100, "method PUT"),
        ('<Record recordingStatusCallbackMethod="HEAD"/>', 12100, "HEAD"),
    ],
)
def test_a_bad_document_is_refused_with_the_code_of_twilio(body: str, code: int, says: str) -> None:
    with pytest.raises(TwimlError, match=says) as refused:
        read(body)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("parameter", "says"),
    [
        ('<Parameter value="x"/>', "no name"),
        ('<Parameter name="a" value="' + "x" * 499 + '"/>', "too long"),
        ('<Parameter name="a" value="x" type="y"/>', "no attribute type"),
        ('<Header name="a"/>', "cannot hold Header"),
    ],
)
@pytest.mark.parametrize("verb", ["Connect", "Start"])
def test_a_bad_parameter_is_refused(verb: str, parameter: str, says: str) -> None:
    with pytest.raises(TwimlError, match=says) as refused:
        read(f'<{verb}><Stream url="wss://s/m">{parameter}</Stream></{verb}>')
    assert refused.value.code == 12100


def test_a_parameter_may_have_499_characters() -> None:
    value = "x" * 498
    body = f'<Stream url="wss://s/m"><Parameter name="a" value="{value}"/></Stream>'
    assert read(f"<Connect>{body}</Connect>") == [Connect("wss://s/m", {"a": value})]


def test_the_root_is_a_response() -> None:
    with pytest.raises(TwimlError, match="root is Reply"):
        read_twiml("<Reply/>", XML)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", ""])
def test_what_is_not_sent_as_xml_is_refused(content_type: str) -> None:
    with pytest.raises(TwimlError) as refused:
        read_twiml("<Response/>", content_type)
    assert refused.value.code == 12300


@pytest.mark.parametrize("content_type", ["text/xml", "application/XML;charset=utf-8", "text/html"])
def test_every_content_type_of_twilio_is_taken(content_type: str) -> None:
    assert read_twiml("<Response/>", content_type) == []
