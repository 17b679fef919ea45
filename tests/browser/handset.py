"""The browser phone in a real browser, whose microphone hears a file."""

import asyncio
import json
import time
import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Page, WebSocket

from simulator import mulaw
from simulator.speech import CALLER
from tests.browser.chromium import open_chromium, open_context
from tests.browser.watch import Watch
from tests.e2e.product import Product

MICROPHONE_RATE = 48_000


class Line:
    """What went over the page's stream, and when.

    Attributes:
        complaints: what went wrong in the page.
        sent: the page's messages.
        got: the server's.
    """

    def __init__(self) -> None:
        self.complaints = Watch()
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.got: list[tuple[float, dict[str, Any]]] = []

    def watch(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda text: self.sent.append((time.monotonic(), json.loads(text))))
        socket.on(
            "framereceived", lambda text: self.got.append((time.monotonic(), json.loads(text)))
        )

    def events(self, *kinds: str) -> list[str]:
        return [message["event"] for _, message in self.sent if message["event"] in kinds]

    def marks(self, messages: list[tuple[float, dict[str, Any]]]) -> list[str]:
        return [body["mark"]["name"] for _, body in messages if body["event"] == "mark"]

    async def settled(self) -> None:
        """Wait until every mark has come back."""
        async with asyncio.timeout(20):
            while self.marks(self.sent) != self.marks(self.got):  # noqa: ASYNC110  a page tells nothing
                await asyncio.sleep(0.05)


def write_speech(path: Path, *parts: float | str) -> None:
    """A file for the microphone: seconds of silence, and words."""
    spoken = b"".join(
        CALLER.speak(part) if isinstance(part, str) else b"\xff" * round(part * mulaw.SAMPLE_RATE)
        for part in parts
    )
    samples = np.repeat(mulaw.decode(spoken), MICROPHONE_RATE // mulaw.SAMPLE_RATE)
    with wave.open(str(path), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(MICROPHONE_RATE)
        written.writeframes(samples.astype("<i2").tobytes())


@asynccontextmanager
async def handset(
    product: Product, folder: Path, *heard: float | str
) -> AsyncGenerator[tuple[Page, Line]]:
    """The page of the phone; the microphone hears its file from the moment of the call."""
    speech, line = folder / "microphone.wav", Line()
    await asyncio.to_thread(write_speech, speech, *heard)
    async with open_chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={speech}%noloop",
    ) as browser:
        context = await open_context(browser, product.origin)
        await line.complaints.watch(context)
        page = await context.new_page()
        page.on("websocket", line.watch)
        await page.goto("/phone/")
        yield page, line
        await context.close()
    assert line.complaints.complaints == []
