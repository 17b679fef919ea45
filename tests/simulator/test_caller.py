import socket
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.caller import CallRecord, CallScript, Line, Signature, place_call
from simulator.twiml_reader import TwimlError
from tests.simulator.product import (
    ACCOUNT,
    CALLER,
    HANG_UP,
    Answer,
    Product,
    Stream,
    running_product,
)

BROKEN = Answer("oops", status=500)


@pytest.fixture
async def product() -> AsyncGenerator[Product]:
    async with running_product() as running:
        yield running


async def silent(line: Line) -> None:
    """A caller who hangs up at once."""


async def stays(line: Line) -> None:
    await line.stay()


async def call(
    product: Product, script: CallScript = silent, *, signature: Signature = "good"
) -> CallRecord:
    return await place_call(
        product.voice_url, ACCOUNT, from_=CALLER, script=script, signature=signature
    )


async def hangs_up(stream: Stream) -> None:
    await stream.websocket.close()


async def test_a_webhook_has_every_field_of_a_call_blank_ones_too(product: Product) -> None:
    product.answer("/voice", HANG_UP)
    record = await call(product)
    form = product.asked[0].form
    assert form["CallSid"] == record.call_sid
    assert form["From"] == form["Caller"] == CALLER
    assert form["To"] == form["Called"] == ACCOUNT.number
    assert (form["CallStatus"], form["Direction"]) == ("ringing", "inbound")
    blank = {name for name, value in form.items() if value == ""}
    assert {"FromCity", "CallerZip", "ToState", "CalledCity"} <= blank


@pytest.mark.parametrize("from_", ["anonymous", "client:alice", "sip:a@b.example", "+266696687"])
async def test_a_caller_may_be_anything_that_twilio_gives(product: Product, from_: str) -> None:
    product.answer("/voice", HANG_UP)
    await place_call(product.voice_url, ACCOUNT, from_=from_, script=silent)
    assert product.asked[0].form["From"] == from_


async def test_the_verbs_are_done_in_order(product: Product) -> None:
    product.answer(
        "/voice",
        "<Say>Hello.</Say><Play>https://s/a.wav</Play><Pause/><Dial>+15005550010</Dial>"
        '<Start><Stream url="wss://s/m"/></Start><Redirect>/more</Redirect><Say>never</Say>',
    )
    product.answer("/more", "<Hangup/><Say>never</Say>")
    record = await call(product)
    assert record.verbs == [
        "say:Hello.", "play", "pause", "dial:+15005550010", "startstream", "redirect", "hangup",
    ]  # fmt: skip
    assert record.ended_by == "hangup"
    assert len(record.documents) == 2
    assert product.asked[1].form["CallStatus"] == "in-progress"


async def test_a_rejected_call_was_never_answered(product: Product) -> None:
    product.answer("/voice", "<Reject/>")
    record = await call(product)
    assert record.verbs == ["reject"]
    assert record.ended_by == "reject"


async def test_a_document_may_end_a_call_by_ending(product: Product) -> None:
    product.answer("/voice", "<Say>Bye.</Say>")
    assert (await call(product)).ended_by == "the end of the TwiML"


async def test_the_action_of_a_dial_learns_how_it_went(product: Product) -> None:
    product.answer("/voice", '<Dial action="/after">+1</Dial><Say>never</Say>')
    product.answer("/after", HANG_UP)
    record = await call(product)
    assert product.asked[1].form["DialCallStatus"] == "completed"
    assert record.verbs == ["dial:+1", "hangup"]


async def test_a_webhook_is_asked_once_more_after_a_server_error(product: Product) -> None:
    product.answer("/voice", BROKEN, HANG_UP)
    record = await call(product)
    assert record.verbs == ["hangup"]
    assert product.paths == ["/voice", "/voice"]
    assert product.asked[0] == product.asked[1]


async def test_a_webhook_that_fails_twice_ends_the_call(product: Product) -> None:
    product.answer("/voice", BROKEN)
    with pytest.raises(TwimlError, match="answered 500") as failed:
        await call(product)
    assert failed.value.code == 11200
    assert product.paths == ["/voice", "/voice"]


async def test_a_refusal_is_not_asked_again(product: Product) -> None:
    product.answer("/voice", Answer(status=404))
    with pytest.raises(TwimlError, match="answered 404"):
        await call(product)
    assert product.paths == ["/voice"]


async def test_a_product_that_is_not_there_is_a_connection_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/voice"
    with pytest.raises(TwimlError, match="cannot be reached") as failed:
        await place_call(url, ACCOUNT, from_=CALLER, script=silent)
    assert failed.value.code == 11205


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (BROKEN, "11200"),
        (Answer("<Dance/>"), "12100"),
        (Answer("<Say>x</Say>", content_type="text/plain"), "12300"),
        (Answer('<Connect><Stream url="wss://s/m?a=b"/></Connect>'), "31920"),
    ],
)
async def test_a_fallback_learns_what_failed(product: Product, bad: Answer, code: str) -> None:
    product.answer("/voice", bad)
    product.answer("/fallback", "<Say>Sorry.</Say><Dial>+1</Dial>")
    account = replace(ACCOUNT, fallback_url=f"{product.origin}/fallback")
    record = await place_call(product.voice_url, account, from_=CALLER, script=silent)
    form = product.asked[-1].form
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, product.voice_url)
    assert record.verbs == ["say:Sorry.", "dial:+1"]
    assert record.warnings == [int(code)]


async def test_a_fallback_that_fails_too_ends_the_call(product: Product) -> None:
    product.answer("/voice", BROKEN)
    product.answer("/fallback", BROKEN)
    account = replace(ACCOUNT, fallback_url=f"{product.origin}/fallback")
    with pytest.raises(TwimlError, match="fallback answered 500"):
        await place_call(product.voice_url, account, from_=CALLER, script=silent)


async def test_a_call_that_is_redirected_for_ever_is_ended(product: Product) -> None:
    product.answer("/voice", "<Redirect>/voice</Redirect>")
    with pytest.raises(TwimlError, match="circles"):
        await call(product)


async def test_a_webhook_delivered_twice_is_the_same_request(product: Product) -> None:
    product.answer("/voice", HANG_UP)
    await place_call(
        product.voice_url,
        ACCOUNT,
        from_=CALLER,
        script=silent,
        webhook_twice=True,
        call_sid="CA" + "7" * 32,
    )
    assert product.asked[0] == product.asked[1]
    assert product.asked[0].form["CallSid"] == "CA" + "7" * 32


@pytest.mark.parametrize("signature", ["missing", "wrong"])
async def test_a_product_can_refuse_what_is_not_signed(
    product: Product, signature: Signature
) -> None:
    product.answer("/voice", HANG_UP)
    with pytest.raises(TwimlError, match="answered 403: bad signature"):
        await call(product, signature=signature)


async def test_a_refused_handshake_is_a_warning_and_the_action_is_asked(product: Product) -> None:
    product.refuses_streams = True
    product.answer("/voice", product.connect(action="/after"))
    product.answer("/after", "<Say>Sorry.</Say><Dial>+15005550010</Dial>")
    record = await call(product)
    assert record.warnings == [31920]
    assert record.verbs == ["connect", "say:Sorry.", "dial:+15005550010"]
    assert record.stream is None
    assert record.latencies_ms == []


async def test_a_stream_server_that_is_not_there_is_refused(product: Product) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    product.answer("/voice", f'<Connect><Stream url="ws://127.0.0.1:{port}/m"/></Connect>')
    record = await call(product)
    assert record.warnings == [31902]
    assert record.ended_by == "the end of the TwiML"


async def test_a_handshake_may_be_signed_with_a_slash(product: Product) -> None:
    product.signed_path = "/media/"
    product.answer("/voice", product.connect())
    assert (await call(product, signature="handshake_slash")).warnings == []
    assert (await call(product)).warnings == [31920]


async def test_a_handshake_may_be_signed_by_somebody_else(product: Product) -> None:
    product.answer("/voice", product.connect())
    assert (await call(product, signature="handshake_wrong")).warnings == [31920]


async def test_when_the_product_ends_the_stream_the_action_is_followed(product: Product) -> None:
    product.talk = hangs_up
    product.answer("/voice", product.connect(action="/after") + "<Say>never</Say>")
    product.answer("/after", "<Say>One moment.</Say><Dial>+15005550010</Dial><Hangup/>")
    record = await call(product, stays)
    assert record.verbs == ["connect", "say:One moment.", "dial:+15005550010", "hangup"]
    assert product.asked[1].form["CallStatus"] == "in-progress"
    assert record.warnings == []


async def test_without_an_action_the_next_verb_follows_the_stream(product: Product) -> None:
    product.talk = hangs_up
    product.answer("/voice", product.connect() + "<Say>Bye.</Say>")
    record = await call(product, stays)
    assert record.verbs == ["connect", "say:Bye."]
    assert record.ended_by == "the server"


async def test_nothing_is_asked_when_the_caller_hung_up(product: Product) -> None:
    product.answer("/voice", product.connect(action="/after") + "<Say>never</Say>")
    record = await call(product)
    assert record.verbs == ["connect"]
    assert record.ended_by == "the caller"
    assert product.paths == ["/voice"]
    assert product.messages[-1]["event"] == "stop"


async def test_nothing_is_asked_when_the_caller_is_lost(product: Product) -> None:
    async def vanishes(line: Line) -> None:
        await line.vanish()

    product.answer("/voice", product.connect(action="/after"))
    record = await call(product, vanishes)
    assert record.ended_by == "a lost connection"
    assert record.warnings == []
    assert product.paths == ["/voice"]
    assert "stop" not in [message["event"] for message in product.messages]


async def test_a_call_leaves_a_recording(product: Product, tmp_path: Path) -> None:
    async def greets(stream: Stream) -> None:
        await stream.speak(b"\x10" * 800)
        while True:
            await stream.next()

    async def speaks(line: Line) -> None:
        await line.hear_agent(100)
        await line.play(b"\x20" * 800)

    product.talk = greets
    product.answer("/voice", product.connect())
    wav_path = tmp_path / "call.wav"
    record = await place_call(
        product.voice_url, ACCOUNT, from_=CALLER, script=speaks, wav_path=wav_path
    )
    assert record.wav_path == wav_path
    samples = wav_path.read_bytes()[-len(wav_path.read_bytes()) + 58 :]
    assert samples[0::2].count(0x20) == 800
    assert b"\x20" * 800 in samples[0::2]
    assert b"\x10" * 800 in samples[1::2]
