"""A load: calls that are added one by one, measured together, and hung up."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import httpx

from simulator.load.caller import PacedCaller
from simulator.load.figures import KINDS, Figures, gather
from simulator.load.model import LoadModel
from simulator.load.process import Process
from simulator.load.speech import Pulses, Speech
from simulator.webhooks import Account, webhook_client

PULSE_EVERY = 25
"""Frames from one pulse to the next."""

CONNECT_SECS = 15.0
PATIENCE_SECS = 5.0
"""A pulse that does not come back for so long is lost."""


class LoadFailed(Exception):
    """The server did not take a call; the message says at what."""


def pulses(number: int) -> Pulses:
    """Two pulses in a second, each caller's at other moments than the others'."""
    return Pulses(PULSE_EVERY, number * 7)


class Load:
    """Calls under way against one server.

    Attributes:
        callers: those who called, in order.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        voice_url: str,
        account: Account,
        model: LoadModel | None,
        *,
        speech: Callable[[int], Speech] = pulses,
        pace: float = 1.0,
    ) -> None:
        """Prepare to call.

        Args:
            http: asks the webhook.
            voice_url: the number's voice webhook.
            account: the account that the number belongs to.
            model: what the server talks with; None when it is not ours.
            speech: gives what the n-th caller says.
            pace: how many times faster than life everybody speaks and plays.
        """
        self.callers: list[PacedCaller] = []
        self._http = http
        self._voice_url = voice_url
        self._account = account
        self._model = model
        self._speech = speech
        self._pace = pace

    async def add(self, calls: int) -> None:
        """Bring so many calls in, one after the other, and wait until all of them hear something.

        Raises:
            LoadFailed: the server did not take one.
        """
        for _ in range(calls):
            await self._add_one()
        await _until(
            lambda: all(caller.first_audio_at is not None for caller in self.callers),
            "no audio came back",
        )

    async def _add_one(self) -> None:
        number = len(self.callers)
        phone = f"+1617555{number:04}"
        caller = PacedCaller(self._account, phone, self._speech(number), pace=self._pace)
        self.callers.append(caller)
        is_connected = self._model.expect(caller.watch) if self._model else lambda: True
        try:
            await caller.ring(self._http, self._voice_url)
            # Callers are spread over the 20 ms of a frame, as they are in life.
            await asyncio.sleep(number * 7 % 20 / 1000)
            await caller.pick_up()
        except Exception as error:
            raise LoadFailed(f"call {number + 1}: {type(error).__name__}: {error}") from error
        await _until(is_connected, f"call {number + 1}: the server did not ask the model")

    async def measure(self, secs: float, process: Process | None) -> Figures:
        """Let some time pass, and say what happened in it.

        Args:
            secs: how long.
            process: the server's, to read what it used; None when it is elsewhere.
        """
        watches = [caller.watch for caller in self.callers]
        for watch in watches:
            watch.forget()
        began, own, cpu = time.monotonic(), time.process_time(), _cpu(process)
        await asyncio.sleep(secs)
        now = time.monotonic()
        elapsed = now - began
        return Figures(
            calls=len(watches),
            secs=elapsed,
            samples={kind: gather(watches, kind) for kind in KINDS},
            pulses=sum(watch.sent for watch in watches),
            lost=sum(watch.lost(now, PATIENCE_SECS) for watch in watches),
            dropped=sum(watch.dropped for watch in watches),
            faults=sum(watch.faults for watch in watches),
            generator_busy=(time.process_time() - own) / elapsed,
            server_cpu=None if process is None else (_cpu(process) - cpu) / elapsed,
        )

    async def hang_up(self) -> None:
        """End every call."""
        await asyncio.gather(*(caller.hang_up() for caller in self.callers))


def _cpu(process: Process | None) -> float:
    return 0.0 if process is None else process.cpu_secs


@asynccontextmanager
async def open_load(
    voice_url: str,
    account: Account,
    model: LoadModel | None,
    *,
    speech: Callable[[int], Speech] = pulses,
    pace: float = 1.0,
) -> AsyncGenerator[Load]:
    """A load that hangs up at its end; the arguments are those of `Load`."""
    async with webhook_client() as http:
        load = Load(http, voice_url, account, model, speech=speech, pace=pace)
        try:
            yield load
        finally:
            await load.hang_up()


async def _until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + CONNECT_SECS
    while not condition():
        if time.monotonic() > deadline:
            raise LoadFailed(f"{otherwise} within {CONNECT_SECS:.0f} s")
        await asyncio.sleep(0.005)
