"""Pipecat's FastAPI WebSocket transport for a media stream that carries mu-law."""

from fastapi import WebSocket
from pipecat.frames.frames import Frame, InputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketInputTransport,
    FastAPIWebsocketOutputTransport,
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)

from telephony.frames import MulawInputFrame, MulawOutputFrame, OutputMarkFrame
from telephony.serializer import MediaStreamSerializer


class MediaStreamInput(FastAPIWebsocketInputTransport):
    """Hands mu-law on as it comes.

    Pipecat's own road is a queue that looks into `.audio`, which would decode every frame; it
    is taken when an input filter wants the samples.
    """

    async def push_audio_frame(self, frame: InputAudioRawFrame) -> None:
        """Push mu-law downstream at once; hand everything else to Pipecat."""
        if isinstance(frame, MulawInputFrame) and not self._params.audio_in_filter:
            await self.push_frame(frame)
        else:
            await super().push_audio_frame(frame)


class MediaStreamOutput(FastAPIWebsocketOutputTransport):
    """Sends mu-law and marks as they come: Twilio does the pacing and the buffering.

    Every other audio takes Pipecat's own road through the media sender, which resamples,
    chunks and paces.
    """

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Write mu-law and marks at once; hand everything else to Pipecat."""
        if isinstance(frame, (MulawOutputFrame, OutputMarkFrame)):
            # `_write_frame` is private: the public `write_audio_frame` copies the frame into
            # PCM and sleeps for the time that it plays.
            await self._write_frame(frame)
            await self.push_frame(frame, direction)
        else:
            await super().process_frame(frame, direction)


class MediaStreamTransport(FastAPIWebsocketTransport):
    """The transport of one call.

    Event handlers: those of `FastAPIWebsocketTransport`.
    """

    def __init__(self, websocket: WebSocket, serializer: MediaStreamSerializer) -> None:
        """Carry the call of an accepted socket whose handshake was read."""
        params = FastAPIWebsocketParams(
            serializer=serializer,
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_out_10ms_chunks=2,
            # A call has no Origin; who may connect was settled before the socket was accepted.
            allowed_origins=[],
        )
        super().__init__(websocket, params)
        # Pipecat offers no parameter for the classes of its two ends.
        self._input = MediaStreamInput(self, self._client, params, name=self._input_name)
        self._output = MediaStreamOutput(self, self._client, params, name=self._output_name)
