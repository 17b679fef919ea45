"""What happens to a call that is passed on or recorded."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from simulator.caller import CallRecord, DialStatus, Line, place_call
from simulator.phone import Phone, recorded
from simulator.twiml_reader import TwimlError
from simulator.verbs import Record
from tests.simulator.product import ACCOUNT, CALLER, HANG_UP, Answer, Product, running_product

RECORD = '<Record action="/after" recordingStatusCallback="/recorded"/>'
WORDS = "Please call me back."


@pytest.fixture
async def product() -> AsyncGenerator[Product]:
    async with running_product() as running:
        running.answer("/after", HANG_UP)
        yield running


async def call(product: Product, **traits: Any) -> CallRecord:
    async def silent(line: Line) -> None: ...

    return await place_call(product.voice_url, ACCOUNT, from_=CALLER, script=silent, **traits)


async def test_the_action_of_a_dial_learns_how_long_it_was(product: Product) -> None:
    product.answer("/voice", '<Dial action="/after">+1</Dial><Say>never</Say>')
    record = await call(product)
    form = product.asked[1].form
    assert form["DialCallStatus"] == "completed"
    assert form["DialCallSid"].startswith("CA")
    assert form["DialCallSid"] != record.call_sid
    assert int(form["DialCallDuration"]) > 0
    assert record.verbs == ["dial:+1", "hangup"]


@pytest.mark.parametrize("dial", ["no-answer", "busy", "failed"])
async def test_a_dial_that_nobody_takes_has_no_duration(product: Product, dial: DialStatus) -> None:
    product.answer("/voice", '<Dial action="/after" timeout="20">+1</Dial>')
    await call(product, dial=dial)
    form = product.asked[1].form
    assert form["DialCallStatus"] == dial
    assert "DialCallSid" in form
    assert "DialCallDuration" not in form


async def test_without_an_action_the_next_verb_follows_a_dial(product: Product) -> None:
    product.answer("/voice", "<Dial>+1</Dial><Say>Nobody.</Say>")
    assert (await call(product, dial="busy")).verbs == ["dial:+1", "say:Nobody."]


@pytest.mark.parametrize("caller_id", [CALLER, ACCOUNT.number])
async def test_a_dial_may_show_the_caller_or_the_number_called(
    product: Product, caller_id: str
) -> None:
    product.answer("/voice", f'<Dial callerId="{caller_id}">+1</Dial>')
    assert (await call(product)).verbs == ["dial:+1"]


async def test_a_dial_may_not_show_another_number(product: Product) -> None:
    product.answer("/voice", '<Dial callerId="+15550009999">+1</Dial>')
    with pytest.raises(TwimlError, match="callerId") as failed:
        await call(product)
    assert failed.value.code == 13214


@pytest.mark.parametrize("from_", ["anonymous", "+266696687"])
async def test_a_withheld_caller_is_no_number_to_show(product: Product, from_: str) -> None:
    async def silent(line: Line) -> None: ...

    product.answer("/voice", f'<Dial callerId="{from_}">+1</Dial>')
    with pytest.raises(TwimlError) as failed:
        await place_call(product.voice_url, ACCOUNT, from_=from_, script=silent)
    assert failed.value.code == 13214


async def test_an_empty_recording_falls_to_the_next_verb(product: Product) -> None:
    product.answer("/voice", RECORD + "<Say>Goodbye.</Say>")
    record = await call(product)
    assert record.verbs == ["record", "say:Goodbye."]
    assert record.recordings == []
    assert product.paths == ["/voice"]


async def test_a_recording_is_told_to_its_action_and_then_to_its_callback(
    product: Product,
) -> None:
    product.answer("/voice", RECORD + "<Say>never</Say>")
    product.answer("/recorded", "")
    record = await call(product, voicemail=WORDS)
    assert record.verbs == ["record", "hangup"]
    assert product.paths == ["/voice", "/after", "/recorded"]
    recording = record.recordings[0]
    after, callback = product.asked[1].form, product.asked[2].form
    assert after["RecordingSid"] == recording.sid
    assert after["RecordingUrl"].endswith(
        f"/Accounts/{ACCOUNT.account_sid}/Recordings/{recording.sid}"
    )
    assert after["RecordingDuration"] == str(recording.duration_secs)
    assert recording.duration_secs >= 1
    assert (after["Digits"], after["CallStatus"]) == ("#", "in-progress")
    assert callback == {
        "AccountSid": ACCOUNT.account_sid,
        "CallSid": record.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": recording.url,
        "RecordingStatus": "completed",
        "RecordingDuration": str(recording.duration_secs),
        "RecordingChannels": "1",
        "RecordingSource": "RecordVerb",
    }


async def test_a_callback_that_fails_is_only_a_warning(product: Product) -> None:
    product.answer("/voice", RECORD)
    product.answer("/recorded", Answer(status=404))
    record = await call(product, voicemail=WORDS)
    assert record.warnings == [11200]
    assert record.verbs == ["record", "hangup"]


async def test_nobody_hears_what_follows_when_the_caller_hung_up(product: Product) -> None:
    product.answer("/voice", RECORD)
    product.answer("/recorded", "")
    record = await call(product, voicemail=WORDS, voicemail_end="hang_up")
    assert record.verbs == ["record"]
    assert record.ended_by == "the caller"
    assert product.paths == ["/voice", "/after", "/recorded"]
    form = product.asked[1].form
    assert (form["Digits"], form["CallStatus"]) == ("hangup", "completed")


async def test_a_recording_without_an_action_asks_the_same_document_again(
    product: Product,
) -> None:
    product.answer("/voice", "<Record/>", HANG_UP)
    record = await call(product, voicemail=WORDS)
    assert record.verbs == ["record", "hangup"]
    assert product.paths == ["/voice", "/voice"]
    assert "RecordingUrl" in product.asked[1].form


async def test_the_key_is_one_that_ends_a_recording() -> None:
    verb = Record(finish_on_key="5")
    pressed = await recorded(verb, Phone(voicemail=WORDS), "https://r")
    waited = await recorded(verb, Phone(voicemail=WORDS, voicemail_end="silence"), "https://r")
    assert pressed is not None
    assert waited is not None
    assert (pressed.digits, waited.digits) == ("5", "")
