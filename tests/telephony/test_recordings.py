from collections.abc import AsyncGenerator

import pytest

from simulator.rest import TwilioRest
from telephony.errors import LineLost, NotAccepted, NotThere
from telephony.recordings import Recordings
from telephony.rest import open_clients
from tests.e2e.product import ACCOUNT

SID = "RE" + "1" * 32


@pytest.fixture
async def rest() -> AsyncGenerator[TwilioRest]:
    async with TwilioRest(ACCOUNT) as rest:
        rest.recordings[SID] = b"\xff" * 800
        yield rest


@pytest.fixture
async def recordings(rest: TwilioRest) -> AsyncGenerator[Recordings]:
    async with open_clients(ACCOUNT.account_sid, [ACCOUNT.auth_token], rest.url) as clients:
        yield Recordings(clients)


async def test_a_recording_is_deleted_and_once_is_enough(
    rest: TwilioRest, recordings: Recordings
) -> None:
    await recordings.delete(SID)
    assert rest.recordings == {}
    await recordings.delete(SID)
    assert [request.method for request in rest.requests] == ["DELETE", "DELETE"]


async def test_a_recording_is_fetched_as_it_is(rest: TwilioRest, recordings: Recordings) -> None:
    wav = await recordings.fetch(SID)
    assert wav.startswith(b"RIFF")
    assert len(wav) == 44 + 2 * 800  # Twilio gives PCM
    rest.fail_next(1, 503)
    with pytest.raises(LineLost):
        await recordings.fetch(SID)
    await recordings.delete(SID)
    with pytest.raises(NotThere):
        await recordings.fetch(SID)


async def test_during_a_rotation_the_other_token_is_tried(rest: TwilioRest) -> None:
    tokens = ["an old one", ACCOUNT.auth_token]
    async with open_clients(ACCOUNT.account_sid, tokens, rest.url) as clients:
        assert (await Recordings(clients).fetch(SID)).startswith(b"RIFF")


async def test_what_twilio_did_not_delete_is_told(rest: TwilioRest, recordings: Recordings) -> None:
    rest.fail_next(1, 503)
    with pytest.raises(LineLost):
        await recordings.delete(SID)
    rest.fail_next(1, 429)
    with pytest.raises(NotAccepted):
        await recordings.delete(SID)
    assert SID in rest.recordings
