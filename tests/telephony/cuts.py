"""Bytes on a real socket, cut wherever a test wants them cut."""

import asyncio
import os
from collections.abc import Iterator
from random import Random

from websockets.frames import Frame, Opcode

CUTS = ["at once", "byte by byte", "at random", "frame by frame"]


def text(message: str, *, masked: bool) -> bytes:
    return Frame(Opcode.TEXT, message.encode()).serialize(mask=masked)


def in_fragments(message: str, *, masked: bool) -> bytes:
    data = message.encode()
    parts = [(Opcode.TEXT, data[:9], False), (Opcode.CONT, data[9:20], False)]
    parts.append((Opcode.CONT, data[20:], True))
    return b"".join(Frame(*part).serialize(mask=masked) for part in parts)


def ping(data: bytes, *, masked: bool) -> bytes:
    return Frame(Opcode.PING, data).serialize(mask=masked)


def close(*, masked: bool) -> bytes:
    return Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=masked)


def pieces(frames: list[bytes], cut: str) -> Iterator[bytes]:
    data = b"".join(frames)
    random = Random(4)
    at = 0
    match cut:
        case "at once":
            yield data
        case "frame by frame":
            yield from frames
        case _:
            while at < len(data):
                # A byte is a round of the loop: enough of them for every kind of frame.
                by_byte = cut == "byte by byte" and at % 60_000 < 2500
                size = 1 if by_byte else random.choice([90, 400, 3000])
                yield data[at : at + size]
                at += size


async def write(writer: asyncio.StreamWriter, frames: list[bytes], cut: str) -> None:
    for piece in pieces(frames, cut):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)  # the other side runs in the same loop, and reads


async def upgrade(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str = "/media-stream"
) -> None:
    key = os.urandom(16).hex()[:22] + "=="
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head
