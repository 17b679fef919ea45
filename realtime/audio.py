"""The audio of Pipecat's OpenAI Realtime service: mu-law both ways, on the audio lane.

What Pipecat 1.14 does otherwise, and why this file overrides its private methods (there is no
public way; `tests/realtime/test_pipecat_contract.py` fails when Pipecat changes them):

* it resamples to and from 24 kHz PCM even when `audio/pcmu` is configured; here it does so when
  the model accepts nothing else;
* it truncates by wall clock and counts mu-law as if it were PCM; here playback's marks decide.
"""

import base64
from typing import Any

from pipecat.audio.utils import pcm_to_ulaw
from pipecat.frames.frames import Frame, InputAudioRawFrame, TTSStartedFrame, TTSStoppedFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.realtime.llm import CurrentAudioResponse

from realtime.answering import AnsweringRealtimeLLMService
from realtime.audio_delta import append_event, read_delta
from realtime.model_socket import ModelConnection
from realtime.steady import Event
from realtime.transcoding import PcmReader
from telephony.audio_lane import AudioLane, LaneStage
from telephony.frames import BargeInFrame, MulawInputFrame, MulawOutputFrame
from telephony.mulaw import SAMPLE_RATE


class MulawAudioLLMService(LaneStage, AnsweringRealtimeLLMService):
    """Takes and gives mu-law frames as they are; PCM of a stock stage is encoded.

    Attributes:
        takes_pcm: whether the model wants PCM of the caller.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Begin with the lane closed.

        Args:
            kwargs: those of `AnsweringRealtimeLLMService`.
        """
        super().__init__(**kwargs)
        self._lane = AudioLane(self)
        self._answer_id = ""
        self.takes_pcm = False
        self._pcm_from_model: PcmReader | None = None
        self._raw_handlers["response.output_audio.delta"] = self._handle_audio

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Handle a frame as Pipecat does, and learn when the lane is open."""
        await super().process_frame(frame, direction)
        self._lane.notice(frame)

    def speak_pcm(self, *, to_model: bool, from_model: bool) -> None:
        """Take it that the model speaks PCM in these directions, and mu-law in the others."""
        self.takes_pcm = to_model
        if not from_model:
            self._pcm_from_model = None
        elif self._pcm_from_model is None:
            self._pcm_from_model = PcmReader()
            if isinstance(self._websocket, ModelConnection):
                self._websocket.taker = None

    @property
    def can_take(self) -> bool:
        """Whether the model's socket can write at once."""
        return isinstance(self._websocket, ModelConnection)

    def hear(self, frame: MulawInputFrame) -> None:
        """Give the model what the caller says."""
        if self.takes_pcm:
            # Each task writes before it first waits, so that they write in this order.
            self.create_task(self._send_user_audio(frame))
        elif self._listens and isinstance(self._websocket, ModelConnection):
            self._websocket.write_text(append_event(frame.payload))
        self.pass_on(frame)

    @property
    def _listens(self) -> bool:
        # Before the session is confirmed the model would take mu-law for 24 kHz PCM.
        return self._api_session_ready and not self._audio_input_paused

    async def _send_user_audio(self, frame: InputAudioRawFrame) -> None:
        if not self._listens:
            return
        if self.takes_pcm:
            await super()._send_user_audio(frame)
            return
        if isinstance(frame, MulawInputFrame):
            payload = frame.payload
        else:
            mulaw = await pcm_to_ulaw(frame.audio, frame.sample_rate, SAMPLE_RATE, self._resampler)
            payload = base64.b64encode(mulaw).decode("ascii")
        await self._ws_send({"type": "input_audio_buffer.append", "audio": payload})

    async def _handle_audio(self, event: Event) -> None:
        """The first audio of an answer, and all that did not come the short way."""
        try:
            payload: str = event["delta"]
            if self._pcm_from_model:
                payload = await self._pcm_from_model.read(payload)
            frame = MulawOutputFrame(
                payload,
                item_id=event["item_id"],
                content_index=event["content_index"],
                response_id=event["response_id"],
            )
        except (KeyError, TypeError, ValueError):
            self._warn_once("audio", "Model sent audio of an unknown shape, survived")
            return
        if not payload:
            return  # a resampler keeps the first few samples
        await self._lane.settled()
        if self._current_audio_response is None:
            self._current_audio_response = CurrentAudioResponse(
                item_id=frame.item_id, content_index=frame.content_index, start_time_ms=0
            )
            self._answer_id = frame.response_id
            await self.push_frame(TTSStartedFrame(context_id=frame.response_id))
        await self.push_frame(frame)
        if isinstance(self._websocket, ModelConnection):
            takes = self._lane.is_open and not self._pcm_from_model
            self._websocket.taker = self._take_deltas if takes else None

    async def _truncate_current_audio_response(self) -> None:
        # PlaybackProcessor knows what was heard and sends a TruncateItemFrame.
        self._current_audio_response = None

    def _take_deltas(self, messages: list[bytes]) -> int:
        """More audio of an answer that has begun."""
        for number, message in enumerate(messages):
            if self._current_audio_response is None:
                return number
            frame = read_delta(message.decode("latin-1"))
            if frame is None:
                return number
            self._lane.send(frame)
        return len(messages)

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Push a frame as Pipecat does, audio by the lane; say which answer has stopped."""
        if self._lane.is_open and isinstance(frame, MulawOutputFrame):
            self._lane.send(frame)
            return
        if (
            self._lane.is_open
            and isinstance(frame, BargeInFrame)
            and direction is FrameDirection.DOWNSTREAM
        ):
            # The agent falls silent at once; the other stages are told on the road, as ever.
            self._lane.send(frame)
        if isinstance(frame, TTSStoppedFrame) and self._answer_id:
            frame.context_id = self._answer_id
        await super().push_frame(frame, direction)
