"""The first two messages of a media stream: `connected`, then `start`."""

import asyncio

from fastapi import WebSocket, WebSocketDisconnect
from loguru import logger

from telephony.errors import MediaStreamError, UnsupportedFormat
from telephony.media_stream import Connected, MediaStream, Start

START_SECS = 5.0
"""Twilio sends `start` at once; a caller whose stream never starts hears nothing until then."""


class NoStart(Exception):
    """The stream never started: nobody spoke, or the socket closed, or the format is wrong."""


async def read_start(websocket: WebSocket, stream: MediaStream) -> Start:
    """Read an accepted socket up to its `start` event.

    Raises:
        NoStart: there is no stream to talk on.
    """
    try:
        async with asyncio.timeout(START_SECS):
            while True:
                start = _read(await websocket.receive_text(), stream)
                if start is not None:
                    return start
    except TimeoutError as error:
        raise NoStart(f"no start within {START_SECS:.0f} seconds") from error
    except (WebSocketDisconnect, KeyError) as error:  # KeyError: Starlette, on a binary frame
        raise NoStart("the socket closed, or sent binary, before start") from error
    except UnsupportedFormat as error:
        raise NoStart(str(error)) from error


def _read(text: str, stream: MediaStream) -> Start | None:
    try:
        event = stream.receive(text)
    except UnsupportedFormat:
        raise
    except MediaStreamError as error:
        kind = type(error).__name__
        if stream.faults[kind] == 1:
            logger.warning("Media stream broke its protocol before start: {} ({})", kind, error)
        return None
    if isinstance(event, Connected):
        logger.info("Stream connected: protocol {}, version {}", event.protocol, event.version)
    return event if isinstance(event, Start) else None
