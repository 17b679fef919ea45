import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from simulator.realtime import RealtimeSimulator
from simulator.realtime.models import CURRENT_MODELS, is_reasoning
from tests.simulator.realtime_client import KEY, MODEL, Script, check_event, connected


async def fate(query: str = f"?model={MODEL}", **headers: str) -> tuple[str, str, int, str]:
    """The in-band error's code and type, then the close code and reason."""
    headers = {"Authorization": f"Bearer {KEY}", **headers}
    async with (
        RealtimeSimulator(Script) as model,
        connect(model.url + query, additional_headers=headers) as connection,
    ):
        event = json.loads(await connection.recv())
        check_event(event)
        assert event["type"] == "error"
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert not model.sessions
        assert model.refused[0].code == event["error"]["code"]
        code, reason = connection.close_code, connection.close_reason
        assert code is not None
        assert reason is not None
        return event["error"]["code"], event["error"]["type"], code, reason


INVALID = "invalid_request_error"


async def test_the_beta_header_is_an_error_and_close_4000() -> None:
    code = "beta_api_shape_disabled"
    assert await fate(**{"OpenAI-Beta": "realtime=v1"}) == (
        code,
        INVALID,
        4000,
        f"{INVALID}.{code}",
    )


@pytest.mark.parametrize(
    "authorization", ["Bearer sk-bad0000", "Bearer nonsense", "Basic eA==", ""]
)
async def test_a_wrong_key_is_told_in_band_and_closes_with_3000(authorization: str) -> None:
    code = "invalid_api_key"
    expected = (code, INVALID, 3000, f"{INVALID}.{code}")
    assert await fate(Authorization=authorization) == expected


async def test_no_credit_closes_with_1013() -> None:
    code = "insufficient_quota"
    assert await fate(Authorization="Bearer sk-poor") == (code, code, 1013, f"{code}.{code}")


@pytest.mark.parametrize(
    ("query", "code", "close_code"),
    [
        ("", "missing_model", 4000),
        ("?model=", "missing_model", 4000),
        ("?model=gpt-5", "invalid_model", 4000),
        ("?model=gpt-4o-realtime-preview", "model_not_found", 4004),
        ("?model=gpt-4o-mini-realtime-preview-2024-12-17", "model_not_found", 4004),
    ],
)
async def test_a_model_that_cannot_talk_is_told_in_band(
    query: str, code: str, close_code: int
) -> None:
    assert await fate(query) == (code, INVALID, close_code, f"{INVALID}.{code}")


async def test_the_current_models_talk() -> None:
    async with RealtimeSimulator(Script) as model:
        for name in CURRENT_MODELS:
            async with connected(model, name) as client:
                assert client.events[0]["session"]["model"] == name


def test_only_the_second_generation_reasons() -> None:
    assert [name for name in CURRENT_MODELS if is_reasoning(name)] == [
        "gpt-realtime-2.1",
        "gpt-realtime-2.1-mini",
        "gpt-realtime-2",
    ]


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_the_upgrade_can_be_refused_with_an_http_status(status: int) -> None:
    async with RealtimeSimulator(Script, refuse_with_http=status) as model:
        with pytest.raises(InvalidStatus) as refusal:
            await connect(model.url)
        assert refusal.value.response.status_code == status


async def test_there_is_one_path() -> None:
    async with RealtimeSimulator(Script) as model:
        with pytest.raises(InvalidStatus) as refusal:
            await connect(model.base_url + "/chat")
        assert refusal.value.response.status_code == 404


async def test_a_server_that_hangs_answers_nothing_at_all() -> None:
    async with RealtimeSimulator(Script, hang="connect") as model:
        with pytest.raises(TimeoutError):
            await connect(model.url, open_timeout=0.1)


async def test_a_session_that_hangs_is_accepted_and_silent() -> None:
    async with (
        RealtimeSimulator(Script, hang="session") as model,
        connect(model.url) as connection,
    ):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.recv(), 0.1)


async def test_leaving_closes_what_is_open_and_whoever_waits() -> None:
    async with RealtimeSimulator(Script, hang="connect") as model:
        waiting = asyncio.create_task(connect(model.url).__aenter__())
        await asyncio.sleep(0.05)
    with pytest.raises(InvalidStatus):
        await waiting
