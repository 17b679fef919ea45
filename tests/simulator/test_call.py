"""How a call is told, from its first webhook to its status callback."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from simulator.caller import Account, CallRecord, Line, place_call
from simulator.twiml_reader import TwimlError
from tests.simulator.product import ACCOUNT, CALLER, HANG_UP, Answer, Product, running_product


@pytest.fixture
async def product() -> AsyncGenerator[Product]:
    async with running_product() as running:
        running.answer("/status", "")
        yield running


def told(product: Product) -> Account:
    return replace(ACCOUNT, status_url=f"{product.origin}/status")


async def call(product: Product, account: Account = ACCOUNT, **traits: Any) -> CallRecord:
    async def silent(line: Line) -> None: ...

    return await place_call(product.voice_url, account, from_=CALLER, script=silent, **traits)


@pytest.mark.parametrize("stir_verstat", ["TN-Validation-Failed-C", "No-TN-Validation"])
async def test_a_call_carries_what_the_carriers_vouch_for(
    product: Product, stir_verstat: str
) -> None:
    product.answer("/voice", HANG_UP)
    await call(product, stir_verstat=stir_verstat)
    assert product.asked[0].form["StirVerstat"] == stir_verstat


async def test_most_of_the_world_vouches_for_nothing(product: Product) -> None:
    product.answer("/voice", HANG_UP)
    await call(product, stir_verstat=None)
    assert "StirVerstat" not in product.asked[0].form


async def test_a_url_may_be_asked_with_get_and_is_signed_with_its_query(product: Product) -> None:
    product.answer("/voice", '<Dial action="/after?at=1" method="GET">+1</Dial>')
    product.answer("/after", HANG_UP)
    record = await call(product, replace(ACCOUNT, voice_method="GET"), dial="busy")
    assert record.verbs == ["dial:+1", "hangup"]
    assert [asked.method for asked in product.asked] == ["GET", "GET"]
    assert product.asked[0].form["From"] == CALLER
    assert product.asked[0].form["FromCity"] == ""
    assert product.asked[1].form["at"] == "1"
    assert product.asked[1].form["DialCallStatus"] == "busy"


async def test_the_end_of_a_call_is_told(product: Product) -> None:
    product.answer("/voice", "<Say>Bye.</Say>")
    record = await call(product, told(product))
    assert product.paths == ["/voice", "/status"]
    form = product.asked[1].form
    assert form["CallSid"] == record.call_sid
    assert (form["CallStatus"], form["SequenceNumber"]) == ("completed", "0")
    assert form["CallbackSource"] == "call-progress-events"
    assert int(form["CallDuration"]) >= 1
    assert parsedate_to_datetime(form["Timestamp"]).tzinfo is not None
    assert form["From"] == CALLER


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
async def test_a_rejected_call_was_never_completed(
    product: Product, reason: str, status: str
) -> None:
    product.answer("/voice", f'<Reject reason="{reason}"/>')
    await call(product, told(product))
    assert product.asked[1].form["CallStatus"] == status


async def test_the_end_is_told_even_of_a_call_that_broke(product: Product) -> None:
    product.answer("/voice", Answer("oops", status=500))
    with pytest.raises(TwimlError, match="answered 500"):
        await call(product, told(product))
    assert product.paths == ["/voice", "/voice", "/status"]


async def test_a_status_callback_that_fails_is_only_a_warning(product: Product) -> None:
    product.answer("/voice", HANG_UP)
    product.answer("/status", Answer(status=403))
    assert (await call(product, told(product))).warnings == [11200]
