"""The model of a load, which knows whose call each of its connections is."""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from simulator.load.pulse import PulseDetector
from simulator.load.watch import CallWatch
from simulator.realtime import Agent, Conversation, Output, RealtimeSimulator

_SPEECH_STARTED = '{"type": "input_audio_buffer.speech_started"'


class SilentAgent:
    """Says nothing of its own."""

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        """Nothing."""
        return []

    def transcribe(self, turn: int) -> str | None:
        """Nothing was understood."""
        return ""


class PulseWitness:
    """Tells a call's watch of its pulses at the model."""

    def __init__(self, watch: CallWatch, settings: dict[str, Any]) -> None:
        """Witness a session of these settings."""
        audio = settings["audio"]
        self._watch = watch
        self._ears = PulseDetector(is_pcm=audio["input"]["format"]["type"] == "audio/pcm")
        self._mouth = PulseDetector(is_pcm=audio["output"]["format"]["type"] == "audio/pcm")

    def heard(self, payload: bytes) -> None:
        """Audio has arrived."""
        if self._ears.begins(payload):
            self._watch.model_heard(time.monotonic())

    def said(self, payload: bytes) -> None:
        """Audio is about to leave."""
        if self._mouth.begins(payload):
            self._watch.model_said(time.monotonic())


class LoadModel:
    """A simulated model that tells the watch of each call what it notices.

    Attributes:
        simulator: the running simulator.
    """

    def __init__(
        self, agent_factory: Callable[[], Agent] = SilentAgent, *, port: int = 0, **knobs: Any
    ) -> None:
        """Prepare to serve.

        Args:
            agent_factory: makes what answers a call.
            port: where to listen; 0 takes a free one.
            knobs: of the simulator.
        """
        self.simulator = RealtimeSimulator(
            agent_factory, port, witness=self._witness, on_send=self._sent, **knobs
        )
        self._owners: dict[int, CallWatch] = {}

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.simulator.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every session."""
        await self.simulator.__aexit__(kind, error, trace)

    def expect(self, watch: CallWatch) -> Callable[[], bool]:
        """Say whose the next connection is; gives a way to ask whether it is there."""
        number = len(self.simulator.sessions) + 1
        self._owners[number] = watch
        return lambda: len(self.simulator.sessions) >= number

    def _witness(self, number: int, settings: dict[str, Any]) -> PulseWitness:
        return PulseWitness(self._owners.get(number) or CallWatch(), settings)

    def _sent(self, number: int, event: str) -> None:
        if event.startswith(_SPEECH_STARTED) and number in self._owners:
            self._owners[number].speech_started(time.monotonic())
