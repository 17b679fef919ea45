from argparse import Namespace

import pytest
from fastapi import WebSocket
from pipecat.runner.types import SmallWebRTCRunnerArguments, WebSocketRunnerArguments
from pipecatcloud.agent import WebSocketSessionArguments

from telephony.line import is_telephone


async def never() -> None:
    raise AssertionError("nobody reads this socket")


def socket() -> WebSocket:
    return WebSocket({"type": "websocket"}, never, never)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("told", "telephone"), [("twilio", True), ("webrtc", False), (None, False)]
)
def test_the_runner_says_whether_a_provider_calls(told: str | None, telephone: bool) -> None:
    runner_args = WebSocketRunnerArguments(websocket=socket())
    runner_args.cli_args = Namespace(transport=told)
    assert is_telephone(runner_args) is telephone


def test_pipecat_cloud_has_calls_on_its_sockets() -> None:
    assert is_telephone(WebSocketSessionArguments(websocket=socket(), session_id="one"))


def test_a_browser_is_no_telephone() -> None:
    assert not is_telephone(SmallWebRTCRunnerArguments(webrtc_connection=None))
