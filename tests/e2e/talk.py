"""Calls that go on until they are told to hang up."""

import asyncio
import secrets
from types import TracebackType
from typing import Any, Self

from simulator.caller import CallRecord, Line, place_call
from tests.e2e.product import ACCOUNT, CALLER


class Talk:
    """A caller who has heard the greeting, and stays on the line.

    Attributes:
        call_sid: of the call.
    """

    def __init__(self, voice_url: str, from_: str = CALLER, **traits: Any) -> None:
        """Call a number.

        Args:
            voice_url: its webhook.
            from_: the caller's number.
            traits: of the call, as `place_call` takes them.
        """
        self.call_sid = "CA" + secrets.token_hex(16)
        self._greeted = asyncio.Event()
        self._enough = asyncio.Event()
        traits |= {"from_": from_, "script": self._script, "call_sid": self.call_sid}
        self._call = asyncio.create_task(place_call(voice_url, ACCOUNT, **traits))

    async def __aenter__(self) -> Self:
        greeted = asyncio.create_task(self._greeted.wait())
        await asyncio.wait((greeted, self._call), return_when=asyncio.FIRST_COMPLETED)
        greeted.cancel()
        assert self._greeted.is_set(), self._call.result()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._enough.set()
        await asyncio.wait((self._call,))

    async def hang_up(self) -> CallRecord:
        self._enough.set()
        return await self._call

    async def end(self) -> CallRecord:
        """Wait until the other side ends the call."""
        return await self._call

    async def _script(self, line: Line) -> None:
        await line.listen(settle_secs=0.1)
        self._greeted.set()
        while not self._enough.is_set():
            await line.wait(100)
