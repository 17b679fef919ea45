"""The model of a load: gives all audio back, and tells when pulses came and went."""

import time
from collections.abc import Sequence
from typing import Any

from simulator.load.pulse import PulseDetector
from simulator.load.watch import CallWatch
from simulator.realtime import Conversation, Output


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
