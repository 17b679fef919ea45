"""Audio for a player, which asks for the piece that it needs."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable

from fastapi import Request, Response, status
from starlette.responses import StreamingResponse

AT_ONCE = 256 * 1024
"""Bytes that are read at once."""

RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")

ReadPiece = Callable[[int, int], bytes]
"""Gives the bytes from one place to before another; takes its time."""


def sound(request: Request, size: int, read: ReadPiece) -> Response:
    """All of it, or the range that was asked for.

    Args:
        request: of the player.
        size: of the whole, in bytes.
        read: gives pieces of it, in a thread.
    """
    headers = {"Accept-Ranges": "bytes"}
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    # Several ranges, or none that can be understood, may be answered by the whole.
    if asked is None or asked[0] == "bytes=-":
        return _pieces(0, size, read, headers, status.HTTP_200_OK)
    begin, end = _bounds(asked[1], asked[2], size)
    if begin >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(status_code=status.HTTP_416_RANGE_NOT_SATISFIABLE, headers=headers)
    headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    return _pieces(begin, end, read, headers, status.HTTP_206_PARTIAL_CONTENT)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size


def _pieces(
    begin: int, end: int, read: ReadPiece, headers: dict[str, str], code: int
) -> StreamingResponse:
    async def pieces() -> AsyncGenerator[bytes]:
        for at in range(begin, end, AT_ONCE):
            yield await asyncio.to_thread(read, at, min(at + AT_ONCE, end))

    headers = headers | {"Content-Length": str(end - begin)}
    return StreamingResponse(pieces(), code, headers, media_type="audio/wav")
