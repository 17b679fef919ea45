"""Who gets in: webhooks that Twilio signed, and sockets with the token of a call that rings."""

import json
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from database import build_engine
from simulator.caller import Line, place_call
from simulator.realtime import RealtimeSimulator, Say
from tests.e2e.product import ACCOUNT, CALLER, DESK, Answers, running_product
from tests.e2e.ringing import CALL_SID, FORM, post, ring, signed

MEDIA_FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}


def start(call_sid: str = CALL_SID, caller: str = CALLER) -> list[str]:
    body = {
        "accountSid": ACCOUNT.account_sid,
        "streamSid": "MZ1",
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": MEDIA_FORMAT,
        "customParameters": {"customerPhone": caller, "callSid": call_sid},
    }
    return [
        json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}),
        json.dumps({"event": "start", "sequenceNumber": "1", "start": body, "streamSid": "MZ1"}),
    ]


async def test_the_answer_connects_the_call_to_a_stream_of_its_own(tmp_path: Path) -> None:
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        verb = await ring(product)
    assert verb.stream_url.startswith(f"ws{product.origin.removeprefix('http')}/media-stream/")
    assert verb.action == f"{product.origin}/voice/after"
    assert verb.parameters == {
        "customerPhone": CALLER,
        "callSid": CALL_SID,
        "from_number": CALLER,
        "to_number": ACCOUNT.number,
    }


@pytest.mark.parametrize("path", ["/voice", "/voice/after"])
async def test_a_webhook_that_twilio_did_not_sign_is_refused_in_one_sentence(
    path: str, tmp_path: Path
) -> None:
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        response = await post(product.origin + path, FORM, token="another")
    assert response.status_code == 403
    assert response.headers["content-type"].startswith("text/plain")
    assert f"{product.origin}{path}" in response.text
    assert "PUBLIC_URL" in response.text


async def test_a_query_and_blank_values_are_part_of_the_signature(tmp_path: Path) -> None:
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        assert (await post(f"{product.voice_url}?a=%20b", FORM)).status_code == 200


@pytest.mark.parametrize("missing", ["CallSid"])
async def test_a_webhook_without_a_call_names_what_is_missing(missing: str, tmp_path: Path) -> None:
    form = {key: value for key, value in FORM.items() if key != missing}
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        response = await post(product.voice_url, form)
    assert (response.status_code, response.text) == (400, f"{missing} is missing.")


async def test_a_form_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    async with (
        running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product,
        httpx.AsyncClient() as http,
    ):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = await http.post(product.voice_url, content=b"\xff=\xfe", headers=headers)
    assert response.status_code == 400


async def test_unsigned_requests_pass_only_where_development_allows_them(tmp_path: Path) -> None:
    async with running_product(
        "ws://127.0.0.1:9/v1/realtime", tmp_path, allow_unsigned_webhooks=True
    ) as product:
        assert (await post(product.voice_url, FORM, token="another")).status_code == 200


async def test_a_socket_is_refused_before_anything_is_spent(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(Answers) as model,
        running_product(model.url, tmp_path, warm_calls=0) as product,
    ):
        url = (await ring(product)).stream_url
        forged = url.rpartition("/")[0] + "/forged"
        for address, headers in [(url, {}), (forged, signed(forged)), (url, signed(forged))]:
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(address, additional_headers=headers):
                    pass
    assert model.sessions == []


async def test_a_token_opens_one_stream(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(Answers) as model,
        running_product(model.url, tmp_path) as product,
    ):
        url = (await ring(product)).stream_url
        again = (await ring(product)).stream_url
        async with connect(url, additional_headers=signed(url)):
            for other in (url, again):
                with pytest.raises(InvalidStatus, match="403"):
                    async with connect(other, additional_headers=signed(other)):
                        pass


@pytest.mark.parametrize(
    "messages",
    [start(call_sid="CA" + "2" * 32), start(caller="+16175559999"), start(caller="anonymous")],
)
async def test_a_stream_that_tells_another_story_than_its_webhook_is_closed(
    messages: list[str], tmp_path: Path
) -> None:
    async with (
        RealtimeSimulator(Answers) as model,
        running_product(model.url, tmp_path) as product,
    ):
        url = (await ring(product)).stream_url
        async with connect(url, additional_headers=signed(url)) as socket:
            for message in messages:
                await socket.send(message)
            with pytest.raises(ConnectionClosed):
                await socket.recv()


async def test_a_withheld_number_is_a_caller_without_identity(tmp_path: Path) -> None:
    async def listen(line: Line) -> None:
        await line.listen(settle_secs=0.2)

    async with (
        RealtimeSimulator(lambda: Answers([Say("Hi.", audio=b"\x70" * 4000)])) as model,
        running_product(model.url, tmp_path) as product,
    ):
        record = await place_call(
            product.voice_url, ACCOUNT, from_="+266696687", script=listen, webhook_twice=True
        )
        texts = json.dumps(model.sessions[0].received)
    assert record.verbs == ["connect"]
    assert "withheld" in texts
    assert "266696687" not in texts


async def test_garbage_on_the_line_is_counted_and_survived(tmp_path: Path) -> None:
    async with (
        RealtimeSimulator(lambda: Answers([Say("Hi.", audio=b"\x70" * 4000)])) as model,
        running_product(model.url, tmp_path) as product,
    ):
        url = (await ring(product)).stream_url
        async with connect(url, additional_headers=signed(url)) as socket:
            for message in ["garbage", '{"event": "media"}', *start(), "[]", "x" * 70_000]:
                await socket.send(message)
            await socket.send(b"binary")
            assert json.loads(await socket.recv())["event"] == "media"


async def test_after_a_stream_that_never_came_a_person_answers(tmp_path: Path) -> None:
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        await ring(product)
        for form in (FORM, FORM | {"CallSid": "CA" + "9" * 32}):
            response = await post(f"{product.origin}/voice/after", form)
            assert f">{DESK}</Dial>" in response.text


async def test_without_a_database_a_person_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_product("ws://127.0.0.1:9/v1/realtime", tmp_path) as product:
        url = (await ring(product)).stream_url
        engine = build_engine(product.database_url)
        async with engine.begin() as connection:
            await connection.execute(text("DROP TABLE calls"))
        await engine.dispose()
        with pytest.raises(InvalidStatus, match="403"):
            async with connect(url, additional_headers=signed(url)):
                pass
        assert "Exception in ASGI application" not in caplog.text
        for path in ("/voice", "/voice/after"):
            response = await post(product.origin + path, FORM)
            assert f">{DESK}</Dial>" in response.text


async def test_the_front_page_tells_name_and_version_and_health_is_ok(tmp_path: Path) -> None:
    async with (
        running_product("ws://127.0.0.1:9/v1/realtime", tmp_path, session_secret="") as product,
        httpx.AsyncClient() as http,
    ):
        front = (await http.get(product.origin)).json()
        assert front["name"] == "spaline"
        assert front["version"]
        assert (await http.get(f"{product.origin}/health")).json() == {"status": "ok"}
