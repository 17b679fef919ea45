"""Pipecat frames of the telephone line.

An audio frame keeps the base64 payload as it came from the wire. `.audio` decodes it to
16-bit PCM at 8 kHz only when a stage asks, and `.payload` encodes again only when a stage
has written `.audio`; so any stock stage works between the ends, and none of it costs
anything when both ends speak mu-law.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pipecat.frames.frames import (
    ControlFrame,
    DataFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    SystemFrame,
    TTSAudioRawFrame,
)
from pipecat.utils.utils import obj_id

from telephony import mulaw
from telephony.media_stream import Start, payload_bytes


class MulawAudio:
    """Audio that is mu-law on the wire and PCM for whoever asks.

    Attributes:
        sample_rate: 8000.
        num_channels: 1.
    """

    sample_rate = mulaw.SAMPLE_RATE
    num_channels = 1

    # What every frame of Pipecat's has, made only when somebody asks: mostly nobody does.
    pts = None
    broadcast_sibling_id = None
    transport_source = None
    transport_destination = None

    id: int
    num_frames: int
    _payload: str | None
    _pcm: bytes | None = None

    def __str__(self) -> str:
        """The frame's name, as Pipecat's logs want it."""
        # Pipecat formats every frame at every hop; its own text for audio would decode it.
        return self.name

    @cached_property
    def name(self) -> str:
        """The kind of frame and its number."""
        return f"{type(self).__name__}#{self.id}"

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What stages say of the frame to each other."""
        return {}

    @property
    def payload(self) -> str:
        """Base64 of mu-law bytes, unchanged from the wire unless a stage wrote `.audio`."""
        if self._payload is None:
            self._payload = base64.b64encode(mulaw.encode(self._pcm or b"")).decode("ascii")
        return self._payload

    @property
    def audio(self) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride]
        """16-bit little-endian PCM at 8 kHz, decoded on the first use."""
        if self._pcm is None:
            self._pcm = mulaw.decode(base64.b64decode(self._payload or ""))
        return self._pcm

    @audio.setter
    def audio(self, pcm: bytes) -> None:
        self._pcm = pcm
        self._payload = None
        self.num_frames = len(pcm) // 2

    @property
    def duration_ms(self) -> float:
        """How long the audio plays, in milliseconds."""
        return self.num_frames / mulaw.BYTES_PER_MS


class MulawInputFrame(MulawAudio, InputAudioRawFrame):  # pyright: ignore[reportIncompatibleVariableOverride]
    """What the caller said: one `media` message of the stream.

    Attributes:
        timestamp_ms: when it was said, since the stream began; None for what no line brought.
    """

    def __init__(self, payload: str, timestamp_ms: int | None = None) -> None:
        # Not the dataclass's own __init__: it would measure `.audio`, and so decode it.
        self._payload = payload
        self.num_frames = payload_bytes(payload)
        self.timestamp_ms = timestamp_ms

    @cached_property
    def id(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The frame's number, as Pipecat's logs want it; on the audio lane nobody asks."""
        return obj_id()

    def goes_on(self, before: Frame | None) -> bool:
        """Whether it is the very next audio of the same line."""
        return (
            isinstance(before, MulawInputFrame)
            and before.timestamp_ms is not None
            and self.timestamp_ms == before.timestamp_ms + before.duration_ms
        )


class MulawOutputFrame(MulawAudio, TTSAudioRawFrame):  # pyright: ignore[reportIncompatibleVariableOverride]
    """What the agent says: one audio delta of the model.

    Attributes:
        interruptible: no queue forgets it at an interruption, for PlaybackProcessor has to know how
            much the model said.
        item_id: the conversation item that the audio belongs to; "" for audio that the model
            does not have, and which is therefore never truncated.
        content_index: which content part of the item.
        response_id: the response that made it.
    """

    interruptible = False
    context_id = None

    def __init__(
        self,
        payload: str | bytes,
        sample_rate: int = mulaw.SAMPLE_RATE,
        num_channels: int = 1,
        item_id: str = "",
        content_index: int = 0,
        response_id: str = "",
    ) -> None:
        self.id = obj_id()
        self.item_id = item_id
        self.content_index = content_index
        self.response_id = response_id
        if isinstance(payload, str):
            self._payload = payload
            self.num_frames = payload_bytes(payload)
            return
        # A stock output cuts audio into pieces of PCM, and makes frames of the same class of them.
        if (sample_rate, num_channels) != (self.sample_rate, self.num_channels):
            raise ValueError(f"mu-law is 8 kHz mono: set audio_out_sample_rate, not {sample_rate}")
        self.audio = payload


def gathered(frames: Iterable[Frame]) -> list[Frame]:
    """The same frames, but what the caller said without a break is one."""
    result: list[Frame] = []
    run: list[MulawInputFrame] = []
    for frame in frames:
        if isinstance(frame, MulawInputFrame) and (not run or frame.goes_on(run[-1])):
            run.append(frame)
            continue
        result += _joined(run)
        run = [frame] if isinstance(frame, MulawInputFrame) else []
        if not run:
            result.append(frame)
    return result + _joined(run)


def _joined(run: list[MulawInputFrame]) -> list[MulawInputFrame]:
    if len(run) < 2:  # noqa: PLR2004  one is whole, none is nothing
        return run
    mulaw = b"".join(base64.b64decode(frame.payload) for frame in run)
    return [MulawInputFrame(base64.b64encode(mulaw).decode("ascii"), run[0].timestamp_ms)]


@dataclass
class StreamStartedFrame(SystemFrame):
    """The media stream began."""

    start: Start


@dataclass
class StreamStoppedFrame(SystemFrame):
    """Twilio ended the stream: the caller hung up, or the call got other TwiML."""


@dataclass
class MarkFrame(SystemFrame):
    """A mark came back: the audio before it was played, or cleared."""

    mark: str


@dataclass
class OutputMarkFrame(DataFrame):
    """A mark to send behind the audio before it."""

    mark: str


@dataclass
class TruncateItemFrame(SystemFrame):
    """The caller heard only part of an item.

    Attributes:
        item_id: the item.
        content_index: which content part of it.
        heard_ms: milliseconds from the item's start that the caller has heard.
    """

    item_id: str
    content_index: int
    heard_ms: int


@dataclass
class BargeInFrame(InterruptionFrame):
    """The caller spoke: an interruption that knows what it interrupts.

    Attributes:
        response_id: the response that the model was making; "" when it made none.
    """

    response_id: str = ""


@dataclass
class SessionLostFrame(ControlFrame):
    """The model's session is gone, and what it said cannot be truncated any more.

    Goes downstream behind the last audio of the old session, before the first of a new one.
    """

    interruptible: bool = field(default=False, init=False)


@dataclass
class AnswerStalledFrame(SystemFrame):
    """The caller has heard what there is of an answer, and the rest of it does not come."""


@dataclass
class SpeakUpFrame(SystemFrame):
    """The caller has heard nothing for too long: something is to be said, whatever is going on."""


@dataclass
class DeskTakesFrame(SystemFrame):
    """Somebody at the front desk wants the call.

    Attributes:
        staff: who, by name.
    """

    staff: str


@dataclass
class LeaveFrame(SystemFrame):
    """The line is to be left once the caller has heard what is being said.

    Attributes:
        to_person: whether a person takes over; else the call is over.
        reason: why, for the record of the call.
    """

    to_person: bool
    reason: str
