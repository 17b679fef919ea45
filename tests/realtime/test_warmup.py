import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pipecat.processors.aggregators.llm_context import LLMContext

from calls.entries import Tokens
from realtime.connection import open_connection
from realtime.greeting import GreetingRealtimeLLMService
from realtime.session import SessionOptions
from realtime.tool_set import ToolSet
from realtime.warmup import Agent, OpeningAgent, WarmUps
from simulator.realtime import RealtimeSimulator, Say
from tests.realtime.harness import CONTEXT, MODEL, PATIENCE_SECS, Script, soon

PHONE = "+16175551212"
NOBODY = "ws://127.0.0.1:9/v1/realtime"


def begin(url: str, phone: str | None) -> OpeningAgent:
    opening = asyncio.create_task(open_connection(url, model=MODEL, api_key="sk-test"))

    async def greet() -> Agent:
        llm = GreetingRealtimeLLMService(
            connection=lambda: opening,
            reconnection=lambda: opening,
            options=SessionOptions(),
            model=MODEL,
            instructions="You answer the phone.",
            tools=ToolSet([]),
        )
        await llm.greet(LLMContext([*CONTEXT]))
        return Agent(llm, f"The caller is {phone}.")

    return OpeningAgent(opening, asyncio.create_task(greet()))


@asynccontextmanager
async def warm_ups(
    url: str,
    most: int = 2,
    unheard: Callable[[str, Tokens], None] = lambda call_sid, tokens: None,
    **changes: Any,
) -> AsyncGenerator[WarmUps]:
    """Warm-ups that have left no task behind at the end."""
    before = asyncio.all_tasks()
    warm = WarmUps(lambda phone: begin(url, phone), most=most, unheard=unheard, **changes)
    yield warm
    await warm.close()
    await soon(lambda: asyncio.all_tasks() <= before)


def model() -> RealtimeSimulator:
    return RealtimeSimulator(lambda: Script([Say("Hello.", b"\x70" * 800)]))


async def test_a_call_gets_the_agent_that_was_begun_for_it() -> None:
    async with model() as server, warm_ups(server.url) as warm:
        warm.begin("CA1", PHONE)
        warm.begin("CA2", None)
        agent = warm.claim("CA1")
        assert agent is not None
        assert (await agent.greeting).facts == f"The caller is {PHONE}."
        assert warm.claim("CA1") is None
        assert warm.claim("CA3") is None
        await agent.close()


async def test_a_call_that_rings_twice_has_one_agent() -> None:
    async with model() as server, warm_ups(server.url) as warm:
        warm.begin("CA1", PHONE)
        warm.begin("CA1", PHONE)
        agent = warm.claim("CA1")
        assert agent is not None
        await agent.greeting
        assert len(server.sessions) == 1
        await agent.close()


async def test_no_more_than_so_many_wait_at_the_same_time() -> None:
    async with model() as server, warm_ups(server.url, most=1) as warm:
        warm.begin("CA1", PHONE)
        warm.begin("CA2", PHONE)
        assert warm.claim("CA2") is None
        first = warm.claim("CA1")
        assert first is not None
        warm.begin("CA2", PHONE)
        second = warm.claim("CA2")
        assert second is not None
        await asyncio.gather(first.close(), second.close())


async def test_an_agent_that_nobody_claims_is_closed_in_time() -> None:
    async with model() as server, warm_ups(server.url, unclaimed_secs=0.2) as warm:
        warm.begin("CA1", PHONE)
        await soon(lambda: server.sessions)
        await server.sessions[0].closed.wait()
        assert server.sessions[0].close_code == 1000
        assert warm.claim("CA1") is None


async def test_a_greeting_that_nobody_heard_is_paid_for_and_told_of() -> None:
    unheard: dict[str, Tokens] = {}
    async with model() as server:
        async with warm_ups(server.url, unheard=unheard.__setitem__) as warm:
            warm.begin("CA1", PHONE)
            warm.begin("CA2", PHONE)
            await soon(lambda: len(server.sessions) == 2)
            heard = warm.claim("CA2")
            assert heard is not None
            await heard.greeting
            await heard.close()
        done = [event for event in server.sessions[0].sent if event["type"] == "response.done"]
    assert list(unheard) == ["CA1"]
    assert unheard["CA1"].total == done[0]["response"]["usage"]["total_tokens"]


@pytest.mark.parametrize("event", ["no JSON", "[1]", '{"type":"response.done","response":null}'])
async def test_an_agent_that_nobody_claims_is_closed_whatever_the_model_says(event: str) -> None:
    async with model() as server, warm_ups(server.url, unclaimed_secs=0.2) as warm:
        warm.begin("CA1", PHONE)
        await soon(lambda: server.sessions)
        server.sessions[0].send_raw(event.encode())
        async with asyncio.timeout(PATIENCE_SECS):
            await server.sessions[0].closed.wait()


async def test_an_agent_that_is_claimed_is_not_closed() -> None:
    async with model() as server, warm_ups(server.url, unclaimed_secs=0.2) as warm:
        warm.begin("CA1", PHONE)
        agent = warm.claim("CA1")
        assert agent is not None
        warm.begin("CA2", PHONE)
        await soon(lambda: len(server.sessions) == 2)
        await server.sessions[1].closed.wait()  # so much later
        assert not agent.failed
        await agent.close()


async def test_an_agent_that_failed_is_not_handed_out() -> None:
    async with warm_ups(NOBODY) as warm:
        agent = begin(NOBODY, PHONE)
        assert not agent.failed
        await asyncio.wait([agent.opening])
        assert agent.failed
        await agent.close()
        warm.begin("CA1", PHONE)
        await soon(lambda: warm.claim("CA1") is None)


async def test_an_agent_whose_socket_was_closed_is_not_handed_out() -> None:
    async with model() as server, warm_ups(server.url) as warm:
        warm.begin("CA1", PHONE)
        await soon(lambda: server.sessions)
        server.sessions[0].close(1001)
        await server.sessions[0].closed.wait()
        await soon(lambda: warm.claim("CA1") is None)


async def test_all_that_wait_are_closed_at_the_end_connected_or_not() -> None:
    async with model() as server:
        async with warm_ups(server.url) as warm:
            warm.begin("CA1", PHONE)
            await soon(lambda: server.sessions)
            warm.begin("CA2", PHONE)
        for session in server.sessions:
            await session.closed.wait()
        assert warm.claim("CA1") is None
        assert warm.claim("CA2") is None
