"""Between Twilio's WebSocket messages and Pipecat's frames."""

from loguru import logger
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    Frame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
)
from pipecat.serializers.base_serializer import FrameSerializer

from telephony import mulaw
from telephony.errors import MediaStreamError
from telephony.frames import (
    MarkFrame,
    MulawInputFrame,
    MulawOutputFrame,
    OutputMarkFrame,
    StreamStoppedFrame,
)
from telephony.media_stream import (
    Dtmf,
    Mark,
    Media,
    MediaStream,
    Stop,
    clear_message,
    mark_message,
    media_writer,
)


class MediaStreamSerializer(FrameSerializer):
    """Serializer of one media stream, in mu-law from end to end.

    Differs from Pipecat's `TwilioFrameSerializer`: audio is neither decoded nor resampled,
    marks and `stop` become frames, and what breaks the protocol is counted and survived.
    """

    def __init__(self, stream: MediaStream, stream_sid: str) -> None:
        """Serialize for a stream whose `start` was already read.

        Args:
            stream: the reading side, in the state the handshake left it.
            stream_sid: the stream to send to.
        """
        super().__init__()
        self._stream = stream
        self._stream_sid = stream_sid
        self._cleared_by = 0
        self._media_message = media_writer(stream_sid)
        if stream.tap:
            # In the place of the method: a call that nobody taps pays nothing for it.
            self.write = self._write_and_tell

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """One message of the line as a frame; None if there is nothing to tell."""
        try:
            event = self._stream.receive(data)
        except MediaStreamError as error:
            self._log_once(error)
            return None
        match event:
            case Media() | Mark():
                return self._lane_frame(event)
            case Dtmf(digit=digit):
                return self._key_frame(digit)
            case Stop():
                return StreamStoppedFrame()
            case _:  # connected and start were read in the handshake; a second one raises
                return None

    def read_canonical(self, message: bytes) -> MulawInputFrame | MarkFrame | None:
        """Audio or a mark exactly as Twilio writes it; None is for `deserialize` to read."""
        event = self._stream.read_canonical(message.decode("latin-1"))
        return event and self._lane_frame(event)

    async def serialize(self, frame: Frame) -> str | None:
        """A frame as one message to the line; None for frames that are not for it."""
        return self.write(frame)

    def write(self, frame: Frame) -> str | None:
        """The same, at once."""
        match frame:
            case MulawOutputFrame():
                # An interruption overtakes the audio that waits in a queue of Pipecat's.
                return self._media(frame) if frame.id > self._cleared_by else None
            case OutputMarkFrame(mark=mark):
                return mark_message(self._stream_sid, mark)
            case InterruptionFrame():
                return self._clear(frame)
            case OutputAudioRawFrame():
                return self._media(self._encoded(frame))
            case _:
                return None

    def _lane_frame(self, event: Media | Mark) -> MulawInputFrame | MarkFrame:
        if isinstance(event, Mark):
            return MarkFrame(mark=event.name)
        payload, timestamp_ms = event
        frame = MulawInputFrame(payload, timestamp_ms)
        if not self._stream.bytes_in and self._stream.start:
            # It is read where the socket is, which knows of no call.
            call = logger.bind(call_sid=self._stream.start.call_sid)
            call.info("First audio from the caller")
        self._stream.bytes_in += frame.num_frames
        return frame

    def _write_and_tell(self, frame: Frame) -> str | None:
        text = MediaStreamSerializer.write(self, frame)
        if text and self._stream.tap:
            self._stream.tap("out", text)
        return text

    def _clear(self, frame: InterruptionFrame) -> str | None:
        """Once for each interruption: the one that came by the audio lane also comes by the road.

        By then the next answer may be in the queue that a clear empties.
        """
        if frame.id == self._cleared_by:
            return None
        self._cleared_by = frame.id
        return clear_message(self._stream_sid)

    def _media(self, frame: MulawOutputFrame) -> str:
        self._stream.bytes_out += frame.num_frames
        return self._media_message(frame.payload)

    @staticmethod
    def _encoded(frame: OutputAudioRawFrame) -> MulawOutputFrame:
        """PCM of a stock stage as mu-law; the output transport resamples to 8 kHz."""
        if (frame.sample_rate, frame.num_channels) != (mulaw.SAMPLE_RATE, 1):
            raise ValueError(
                f"the line takes {mulaw.SAMPLE_RATE} Hz mono, not {frame.sample_rate} Hz with "
                f"{frame.num_channels} channels; set audio_out_sample_rate={mulaw.SAMPLE_RATE}"
            )
        return MulawOutputFrame(frame.audio)

    @staticmethod
    def _key_frame(digit: str) -> Frame | None:
        try:
            return InputDTMFFrame(KeypadEntry(digit))
        except ValueError:  # A to D are keys of the line but not of Pipecat
            return None

    def _log_once(self, error: MediaStreamError) -> None:
        kind = type(error).__name__
        if self._stream.faults[kind] == 1:
            logger.warning("Media stream broke its protocol, survived: {} ({})", kind, error)
