import asyncio
from typing import Any

import pytest
from fastapi import WebSocket
from pipecat.evals.fastapi_transport import EvalFastAPIWebsocketTransport
from pipecat.evals.serializer import EvalConnectionFlags, eval_connect_message
from pipecat.runner.types import WebSocketRunnerArguments

from telephony.browser_calls import is_browser_call
from telephony.line import Line
from telephony.local_line import open_local_line
from tests.telephony.line import open_call
from tests.telephony.messages import CONNECTED, START


async def opened(*messages: str, body: Any = None) -> Line:
    """The line that comes of what is sent first."""
    line: asyncio.Future[Line] = asyncio.get_running_loop().create_future()

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        runner_args = WebSocketRunnerArguments(websocket=websocket, body=body)
        try:
            line.set_result(await open_local_line(runner_args))
        except ValueError as error:
            line.set_exception(error)

    async with open_call(endpoint) as peer:
        for message in messages:
            await peer.send(message)
        return await line


HELLO = eval_connect_message(EvalConnectionFlags())


async def test_an_eval_gets_a_line_that_no_telephone_network_knows() -> None:
    line = await opened(HELLO)
    assert isinstance(line.transport, EvalFastAPIWebsocketTransport)
    assert is_browser_call(line.start.call_sid)
    assert not line.is_telephone


@pytest.mark.parametrize(
    ("body", "phone"),
    [
        (None, None),
        ({}, None),
        ({"phone": "+16175551212"}, "+16175551212"),
        ({"phone": "anonymous"}, None),
    ],
)
async def test_the_runners_body_says_who_calls(body: Any, phone: str | None) -> None:
    assert (await opened(HELLO, body=body)).phone == phone


async def test_a_provider_that_calls_unasked_gets_no_line() -> None:
    with pytest.raises(ValueError, match="twilio"):
        await opened(CONNECTED, START)
