"""The log of a call: one line for each thing that happened, none for each frame."""

import time
from collections.abc import Callable

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputDTMFFrame,
    InterruptionFrame,
    LLMContextAssistantTurnFrame,
    LLMContextUserTurnFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from telephony.audio_lane import LaneStage
from telephony.caller_id import masked
from telephony.frames import StreamStartedFrame, StreamStoppedFrame
from telephony.media_stream import MediaStream


class CallLogProcessor(LaneStage):
    """Logs the events of a call, first in the pipeline, and sums them up at its end.

    Attributes:
        first_word_ms: from the start of the stream to the first audio on the line; None until then.
        turn_latencies_ms: for each answered turn, from the end of the caller's turn to the
            first audio of the answer on the line.
    """

    def __init__(
        self,
        stream: MediaStream,
        *,
        caller: str | None,
        log_speech: bool,
        first_word: Callable[[float], None] = lambda secs: None,
    ) -> None:
        """Log one call, which begins now.

        Args:
            stream: the line, whose counters go into the summary.
            caller: the caller's number; only its last digits are logged.
            log_speech: whether transcripts and tool arguments may enter the log.
            first_word: is told how long the caller waited for it.
        """
        super().__init__(enable_direct_mode=True)
        self.first_word_ms: int | None = None
        self.turn_latencies_ms: list[int] = []
        self._stream = stream
        self._caller = caller
        self._log_speech = log_speech
        self._tell_first_word = first_word
        self._began_at = time.monotonic()
        self._turn_ended_at: float | None = None
        self._tool_calls = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Log what is worth a line; push every frame on."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            self._log_line_event(frame)
        else:
            self._log_conversation_event(frame)
        await self.push_frame(frame, direction)

    def spoke(self) -> None:
        """Audio of the agent goes to the line; only the first time matters."""
        if self.first_word_ms is None:
            waited_secs = time.monotonic() - self._began_at
            self.first_word_ms = round(waited_secs * 1000)
            self._tell_first_word(waited_secs)
            logger.info("First word to the caller after {} ms", self.first_word_ms)

    def _log_line_event(self, frame: Frame) -> None:
        """What comes from the line, or is about the whole call."""
        match frame:
            case StreamStartedFrame(start=start):
                logger.info("Stream {} started, caller {}", start.stream_sid, masked(self._caller))
            case StreamStoppedFrame():
                logger.info("Stream stopped by the line")
            case InputDTMFFrame():
                logger.info("Caller pressed a key")
            case EndFrame() | CancelFrame():
                self._log_summary()
            case _:
                pass

    def _log_conversation_event(self, frame: Frame) -> None:
        """What comes up from the stages behind: turns, tools, speech."""
        match frame:
            case UserStoppedSpeakingFrame():
                self._turn_ended_at = time.monotonic()
            case InterruptionFrame():
                self._turn_ended_at = None
            case BotStartedSpeakingFrame():
                self._log_answer()
            case LLMContextUserTurnFrame(text=text):
                self._log_speech_of("Caller", text)
            case LLMContextAssistantTurnFrame(text=text):
                self._log_speech_of("Agent", text)
            case FunctionCallInProgressFrame():
                self._tool_calls += 1
                arguments = frame.arguments if self._log_speech else "not logged"
                logger.info("Tool {} called: {}", frame.function_name, arguments)
            case FunctionCallResultFrame():
                result = frame.result if self._log_speech else "not logged"
                logger.info("Tool {} answered: {}", frame.function_name, result)
            case _:
                pass

    def _log_answer(self) -> None:
        self.spoke()  # where no PlaybackProcessor has said so before
        if self._turn_ended_at is not None:
            latency_ms = round((time.monotonic() - self._turn_ended_at) * 1000)
            self._turn_ended_at = None
            self.turn_latencies_ms.append(latency_ms)

    def _log_speech_of(self, who: str, text: str) -> None:
        if self._log_speech:
            logger.info("{}: {}", who, text)
        else:
            logger.info("{} spoke, {} characters", who, len(text))

    def _log_summary(self) -> None:
        logger.info(
            "Call ended after {:.1f} s: first word after {} ms, {} turns, latencies {} ms, "
            "{} tool calls, {} bytes in, {} bytes out, {} messages missed, faults {}",
            time.monotonic() - self._began_at,
            self.first_word_ms,
            len(self.turn_latencies_ms),
            self.turn_latencies_ms,
            self._tool_calls,
            self._stream.bytes_in,
            self._stream.bytes_out,
            self._stream.missed_messages,
            dict(self._stream.faults),
        )
