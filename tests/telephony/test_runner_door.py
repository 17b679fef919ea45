import asyncio
from argparse import Namespace

import pytest
from aiortc import RTCPeerConnection
from fastapi import WebSocket
from pipecat.runner.types import (
    DailyRunnerArguments,
    RunnerArguments,
    SmallWebRTCRunnerArguments,
    WebSocketRunnerArguments,
)
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecatcloud.agent import WebSocketSessionArguments
from websockets.asyncio.client import connect

from simulator.signing import handshake_signature
from telephony.runner_door import is_let_in, is_telephone
from telephony.signature import TwilioSecrets
from tests.telephony.line import open_line

HOST = "spa.example.com"
SECRETS = TwilioSecrets(("token",))


async def never() -> None:
    raise AssertionError("nobody reads this socket")


def socket() -> WebSocket:
    return WebSocket({"type": "websocket"}, never, never)  # pyright: ignore[reportArgumentType]


def told(runner_args: RunnerArguments, transport: str | None) -> RunnerArguments:
    runner_args.cli_args = Namespace(transport=transport, proxy=HOST)
    return runner_args


@pytest.mark.parametrize(
    ("transport", "telephone"),
    [("twilio", True), ("plivo", True), ("webrtc", False), ("websocket", False), (None, False)],
)
def test_the_runner_says_whether_a_provider_calls(transport: str | None, telephone: bool) -> None:
    assert is_telephone(told(WebSocketRunnerArguments(socket()), transport)) is telephone


def test_pipecat_cloud_has_calls_on_its_sockets() -> None:
    assert is_telephone(WebSocketSessionArguments(websocket=socket(), session_id="one"))


def test_a_browser_is_no_telephone() -> None:
    assert not is_telephone(SmallWebRTCRunnerArguments(webrtc_connection=None))


@pytest.mark.parametrize("transport", ["webrtc", None])
async def test_a_browser_that_was_asked_for_is_let_in(transport: str | None) -> None:
    assert await is_let_in(
        told(SmallWebRTCRunnerArguments(webrtc_connection=None), transport), SECRETS
    )


@pytest.mark.parametrize(("transport", "let_in"), [("daily", True), ("twilio", False)])
async def test_a_way_that_we_cannot_talk_on_is_known_too(transport: str, let_in: bool) -> None:
    room = DailyRunnerArguments("https://spa.daily.co/one")
    assert await is_let_in(told(room, transport), SECRETS) is let_in


async def test_a_browser_is_hung_up_on_where_a_telephone_is_served(log_lines: list[str]) -> None:
    browser = RTCPeerConnection()
    browser.addTransceiver("audio")
    await browser.setLocalDescription(await browser.createOffer())
    connection = SmallWebRTCConnection()
    await connection.initialize(browser.localDescription.sdp, browser.localDescription.type)
    runner_args = SmallWebRTCRunnerArguments(webrtc_connection=connection)
    assert not await is_let_in(told(runner_args, "twilio"), SECRETS)
    assert connection.pc.connectionState == "closed"
    await browser.close()
    assert log_lines == [
        "WARNING Nobody is let in: the runner was started with -t twilio, and this came by webrtc"
    ]


async def opened(
    transport: str | None,
    secrets: TwilioSecrets | None = SECRETS,
    *,
    kind: str | None = None,
    signed_url: str = f"wss://{HOST}/media-stream",
) -> bool:
    """Whether a socket that Twilio signed for this URL is let in; whoever is not is hung up on."""
    let_in = asyncio.get_running_loop().create_future()

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        runner_args = WebSocketRunnerArguments(websocket, transport_type=kind)
        let_in.set_result(await is_let_in(told(runner_args, transport), secrets))
        if let_in.result():
            await websocket.close(1000)

    headers = {"X-Twilio-Signature": handshake_signature("token", signed_url)}
    async with open_line(endpoint) as url, connect(url, additional_headers=headers) as peer:
        await peer.wait_closed()
    assert peer.close_code == (1000 if let_in.result() else 1008)
    return let_in.result()


@pytest.mark.parametrize(
    ("transport", "kind", "let_in"),
    [
        (None, None, True),
        ("twilio", None, True),
        ("plivo", None, True),
        ("twilio", "websocket", False),
        ("websocket", "websocket", True),
        ("websocket", None, False),
        ("webrtc", None, False),
    ],
)
async def test_a_socket_is_let_in_where_it_was_asked_for(
    transport: str | None, kind: str | None, let_in: bool
) -> None:
    assert await opened(transport, kind=kind) is let_in


async def test_a_socket_that_twilio_did_not_sign_is_refused(log_lines: list[str]) -> None:
    assert not await opened("twilio", signed_url="wss://elsewhere.example.com/media-stream")
    assert not await opened("twilio", TwilioSecrets(()))
    line = f"WARNING Nobody is let in: not signed by Twilio with TWILIO_AUTH_TOKEN for -x {HOST}"
    assert log_lines == [line] * 2


async def test_other_providers_and_development_need_no_signature_of_twilios() -> None:
    assert await opened("plivo", signed_url="")
    assert await opened("twilio", None, signed_url="")
