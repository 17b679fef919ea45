"""A browser that talks to us by WebRTC, as the page of Pipecat's runner does: a real peer."""

import asyncio
import fractions
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from av import AudioFrame

from telephony import mulaw

RATE = 8000
FRAME_SAMPLES = 160
"""Twenty milliseconds."""


class Microphone(AudioStreamTrack):
    """What the caller says, and silence between, at the pace of a telephone."""

    def __init__(self) -> None:
        super().__init__()
        self._pcm = b""
        self._sent = 0
        self._began_at = time.monotonic()

    def say(self, voice: bytes) -> None:
        """Say something, mu-law."""
        self._pcm += mulaw.decode(voice)

    async def recv(self) -> AudioFrame:
        """The next frame, when it is due."""
        await asyncio.sleep(max(self._began_at + self._sent / RATE - time.monotonic(), 0))
        size = FRAME_SAMPLES * 2
        pcm, self._pcm = self._pcm[:size].ljust(size, b"\0"), self._pcm[size:]
        frame = AudioFrame.from_ndarray(np.frombuffer(pcm, np.int16)[None, :], layout="mono")
        frame.sample_rate = RATE
        frame.pts, frame.time_base = self._sent, fractions.Fraction(1, RATE)
        self._sent += FRAME_SAMPLES
        return frame


class WebPeer:
    """One side of a talk.

    Attributes:
        microphone: what is said into it.
        messages: of the kind that Pipecat's page gets, in order.
        heard_ms: how much of what was received is no silence.
    """

    def __init__(self) -> None:
        self.microphone = Microphone()
        self.messages: list[dict[str, Any]] = []
        self.heard_ms = 0.0
        self.closed = asyncio.Event()
        self._came = asyncio.Condition()
        self._read = 0

    async def until(self, kind: str) -> dict[str, Any]:
        """The next message of a kind, behind those that were waited for before."""
        async with self._came:
            while True:
                for place in range(self._read, len(self.messages)):
                    if self.messages[place]["type"] == kind:
                        self._read = place + 1
                        return self.messages[place]
                await self._came.wait()

    async def until_said(self, words: str) -> None:
        """Wait until the agent has said something, and nothing more."""
        said = ""
        while words not in said:
            said += str((await self.until("bot-tts-text"))["data"]["text"])
        await self.until("bot-stopped-speaking")

    async def take(self, text: str) -> None:
        """Keep a message."""
        message = cast(dict[str, Any], json.loads(text))
        async with self._came:
            self.messages.append(message)
            self._came.notify_all()

    async def listen(self, track: MediaStreamTrack) -> None:
        """Receive what the agent says until the line is closed."""
        try:
            while True:
                frame = cast(AudioFrame, await track.recv())
                samples = frame.to_ndarray().astype(np.float64)
                if np.sqrt(np.mean(samples**2)) > 100:
                    self.heard_ms += 1000 * frame.samples / frame.sample_rate
        except MediaStreamError:
            self.closed.set()


@asynccontextmanager
async def talking(origin: str) -> AsyncGenerator[WebPeer]:
    """Call as the page of Pipecat's runner does, once that listens."""
    peer, connection = WebPeer(), RTCPeerConnection()
    connection.addTrack(peer.microphone)
    channel: RTCDataChannel = connection.createDataChannel("rtvi-ai", ordered=True)
    listening: list[asyncio.Task[None]] = []
    tasks: set[asyncio.Task[None]] = set()

    @connection.on("track")
    def on_track(track: MediaStreamTrack) -> None:
        listening.append(asyncio.create_task(peer.listen(track)))

    @channel.on("open")
    def on_open() -> None:
        ready = {
            "label": "rtvi-ai",
            "type": "client-ready",
            "id": "1",
            "data": {"version": "1.0.0"},
        }
        channel.send(json.dumps(ready))

    @channel.on("message")
    def on_message(text: str) -> None:
        task = asyncio.create_task(peer.take(text))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    await connection.setLocalDescription(await connection.createOffer())
    offer = {"sdp": connection.localDescription.sdp, "type": connection.localDescription.type}
    answer = await _offer(f"{origin}/api/offer", offer)
    await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
    try:
        yield peer
    finally:
        await connection.close()
        await asyncio.gather(*listening)


async def _offer(url: str, offer: dict[str, str]) -> dict[str, str]:
    async with httpx.AsyncClient(timeout=30) as client:
        while True:
            try:
                return (await client.post(url, json=offer)).raise_for_status().json()
            except httpx.ConnectError:  # the runner is still starting
                await asyncio.sleep(0.2)
