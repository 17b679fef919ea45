"""Pipecat's FastAPI WebSocket transport for a media stream that carries mu-law."""

from typing import Any

from fastapi import WebSocket
from pipecat.audio.filters.base_audio_filter import BaseAudioFilter
from pipecat.frames.frames import (
    FilterControlFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    MixerControlFrame,
    OutputAudioRawFrame,
    OutputDTMFFrame,
    OutputImageRawFrame,
    OutputTransportMessageFrame,
    OutputTransportReadyFrame,
    SpriteFrame,
    StartFrame,
    VolumeFrame,
    VolumeGainFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketInputTransport,
    FastAPIWebsocketOutputTransport,
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)

from telephony.audio_lane import AudioLane, LaneStage
from telephony.call_socket import CallSocket, call_socket
from telephony.frames import (
    MarkFrame,
    MulawInputFrame,
    MulawOutputFrame,
    OutputMarkFrame,
    gathered,
)
from telephony.serializer import MediaStreamSerializer

FOR_THE_SENDER = (
    OutputAudioRawFrame,
    OutputImageRawFrame,
    SpriteFrame,
    OutputTransportMessageFrame,
    OutputDTMFFrame,
    FilterControlFrame,
    MixerControlFrame,
    VolumeFrame,
    VolumeGainFrame,
)
"""What Pipecat's media sender does something with; everything else it only passes on."""


class MediaStreamInput(LaneStage, FastAPIWebsocketInputTransport):
    """Hands mu-law on as it comes, on the audio lane when that is open.

    Pipecat's own road is a queue that looks into `.audio`, which would decode every frame; it
    is taken when an input filter wants the samples.
    """

    def __init__(
        self,
        serializer: MediaStreamSerializer,
        socket: CallSocket | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Read a call.

        Args:
            serializer: of its messages.
            socket: hands audio over at once; None if the server has no such sockets.
            args: those of `FastAPIWebsocketInputTransport`.
            kwargs: those of `FastAPIWebsocketInputTransport`.
        """
        super().__init__(*args, **kwargs)
        self._lane = AudioLane(self)
        self._serializer = serializer
        self._socket = socket

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Handle a frame as Pipecat does, and learn when the lane is open."""
        await super().process_frame(frame, direction)
        self._lane.notice(frame)

    async def set_transport_ready(self, frame: StartFrame) -> None:
        """Let Pipecat's queue for audio, which looks for some twice a second, wait for PCM."""

    async def push_audio_frame(self, frame: InputAudioRawFrame) -> None:
        """Push mu-law downstream at once; hand everything else to Pipecat."""
        if isinstance(frame, MulawInputFrame) and not self._params.audio_in_filter:
            await self.push_frame(frame)
        else:
            self._create_audio_task()
            await super().push_audio_frame(frame)

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Push a frame, audio and marks by the lane."""
        if self._lane.is_open and isinstance(frame, (MulawInputFrame, MarkFrame)):
            self._lane.send(frame)
        else:
            await super().push_frame(frame, direction)

    async def _receive_messages(self) -> None:
        # Audio that took Pipecat's road would be overtaken by what takes the lane later.
        await self._lane.settled()
        if self._socket and self._lane.is_open and not self._params.audio_in_filter:
            self._socket.taker = self._take_messages
        await super()._receive_messages()

    def _take_messages(self, messages: list[bytes]) -> int:
        """Read audio and marks until something else comes; several mean that the loop is behind."""
        frames: list[MulawInputFrame | MarkFrame] = []
        for message in messages:
            frame = self._serializer.read_canonical(message)
            if frame is None:
                break
            frames.append(frame)
        for frame in frames if len(frames) == 1 else gathered(frames):
            self._lane.send(frame)
        return len(frames)


class MediaStreamOutput(LaneStage, FastAPIWebsocketOutputTransport):
    """Sends mu-law and marks as they come: Twilio does the pacing and the buffering.

    Every other audio takes Pipecat's own road through the media sender, which resamples,
    chunks and paces.
    """

    def __init__(
        self,
        serializer: MediaStreamSerializer,
        socket: CallSocket | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Write a call.

        Args:
            serializer: of its messages.
            socket: writes at once; None if the server has no such sockets.
            args: those of `FastAPIWebsocketOutputTransport`.
            kwargs: those of `FastAPIWebsocketOutputTransport`.
        """
        super().__init__(*args, **kwargs)
        self._serializer = serializer
        self._socket = socket
        self._start: StartFrame | None = None

    @property
    def can_take(self) -> bool:
        """Whether the server's sockets can write at once."""
        return self._socket is not None

    def take(self, frame: Frame) -> None:
        """Write audio, its mark or a clear at once."""
        if self._socket and (text := self._serializer.write(frame)):
            self._socket.write_text(text)
        self.hand_on(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Write mu-law and marks at once; hand everything else to Pipecat."""
        if isinstance(frame, (MulawOutputFrame, OutputMarkFrame)):
            # `_write_frame` is private: the public `write_audio_frame` copies the frame into
            # PCM and sleeps for the time that it plays.
            await self._write_frame(frame)
            await self.push_frame(frame, direction)
        else:
            await super().process_frame(frame, direction)

    async def set_transport_ready(self, frame: StartFrame) -> None:
        """Be ready without Pipecat's media sender, which is not idle when it has nothing to do."""
        self._start = frame
        await self.push_frame(OutputTransportReadyFrame(), FrameDirection.UPSTREAM)

    async def _handle_frame(self, frame: Frame) -> None:
        """Let the sender begin when there is something for it; pass everything else on."""
        if self._start and (frame.pts or isinstance(frame, FOR_THE_SENDER)):
            await super().set_transport_ready(self._start)
            self._start = None
        if self._start is None:
            await super()._handle_frame(frame)
        elif not isinstance(frame, InterruptionFrame):  # that one has been passed on
            await self.push_frame(frame)


class MediaStreamTransport(FastAPIWebsocketTransport):
    """The transport of one call.

    Event handlers: those of `FastAPIWebsocketTransport`.
    """

    def __init__(
        self,
        websocket: WebSocket,
        serializer: MediaStreamSerializer,
        *,
        audio_in_filter: BaseAudioFilter | None = None,
    ) -> None:
        """Carry a call.

        Args:
            websocket: accepted, and its handshake read.
            serializer: of its messages.
            audio_in_filter: one of Pipecat's, which gets what the caller says as PCM.
        """
        params = FastAPIWebsocketParams(
            serializer=serializer,
            audio_in_enabled=True,
            audio_in_filter=audio_in_filter,
            audio_out_enabled=True,
            audio_out_10ms_chunks=2,
            # A call has no Origin; who may connect was settled before the socket was accepted.
            allowed_origins=[],
        )
        super().__init__(websocket, params)
        # Pipecat offers no parameter for the classes of its two ends.
        ends = (serializer, call_socket(websocket), self, self._client, params)
        self._input = MediaStreamInput(*ends, name=self._input_name, enable_direct_mode=True)
        self._output = MediaStreamOutput(*ends, name=self._output_name)
