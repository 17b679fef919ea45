"""The audio lane: audio goes from stage to stage by a plain call, with no queue and no task.

Pipecat gives every stage a queue and a task. That is right for what may wait, and it is most of
what a frame of 20 ms costs. So audio, its marks and the interruption that silences it may take
the lane; everything else stays on Pipecat's road.

The lane is open only when every stage between a source and the end of the pipeline is a
`LaneStage`, or one of Pipecat's own that ignores audio. Any other stage closes it, and the frames
take Pipecat's road: a stock stage costs more, and breaks nothing.
"""

import asyncio
from collections.abc import Iterator, Sequence

from loguru import logger
from pipecat.frames.frames import Frame, OutputTransportReadyFrame, StartFrame
from pipecat.pipeline.pipeline import Pipeline, PipelineSink, PipelineSource
from pipecat.processors.aggregators.llm_response_universal import (
    LLMAssistantAggregator,
    LLMUserAggregator,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.turns.user_start import ExternalUserTurnStartStrategy
from pipecat.turns.user_stop import ExternalUserTurnStopStrategy

from telephony.frames import MulawInputFrame


class LaneStage(FrameProcessor):
    """A stage that audio may pass by a plain call.

    One that acts on the caller's audio overrides `hear`; one that acts on what the agent says
    overrides `take`, which gets MulawOutputFrame, MarkFrame, OutputMarkFrame and
    InterruptionFrame. One that does neither is passed by. All go downstream.

    One whose `process_frame` waits for nothing asks for Pipecat's `enable_direct_mode`: two queues
    and two tasks less, which are 25 kB of each call, and a hop less for every other frame.

    Attributes:
        on_lane: whether an open lane leads on from here.
    """

    on_lane = False

    @property
    def can_take(self) -> bool:
        """Whether the stage can act at once; asked when the pipeline has started."""
        return True

    def hear(self, frame: MulawInputFrame) -> None:
        """Act on the caller's audio, and pass it on; what must wait is not for here."""

    def take(self, frame: Frame) -> None:
        """Act on another frame of the lane, and hand it on; what must wait is not for here."""

    def pass_on(self, frame: MulawInputFrame) -> None:
        """Give the caller's audio to the next stage that hears it, if there is one."""

    def hand_on(self, frame: Frame) -> None:
        """Give another frame to the next stage that takes it, if there is one."""

    def lead_to(self, stages: Sequence["LaneStage"]) -> None:
        """Take it that these are the stages behind, in order, on an open lane."""
        self.on_lane = True
        # In the place of the methods: one call less for each stage and each 20 ms.
        if hears := next((s for s in stages if type(s).hear is not LaneStage.hear), None):
            self.pass_on = hears.hear
        if takes := next((s for s in stages if type(s).take is not LaneStage.take), None):
            self.hand_on = takes.take


class AudioLane:
    """The lane from one stage to the end of its pipeline.

    It opens when the output is ready: then every stage on the way has started. Until it is
    `settled` the source must keep its audio back, so that none overtakes what went before it.
    """

    def __init__(self, source: LaneStage) -> None:
        """Begin closed.

        Args:
            source: where the audio comes from; tells what passes it by `notice`.
        """
        self.is_open = False
        self._source = source
        self._stages: list[LaneStage] | None = None
        self._settled = asyncio.Event()

    def notice(self, frame: Frame) -> None:
        """See a frame that passes the source, in whatever direction."""
        if isinstance(frame, StartFrame):
            self._prepare(list(_in_order(self._source.pipeline_worker.pipeline.processors)))
        elif isinstance(frame, OutputTransportReadyFrame) and self._stages is not None:
            self._open(self._stages)

    async def settled(self) -> None:
        """Wait until it is known whether the lane is open."""
        await self._settled.wait()

    def send(self, frame: Frame) -> None:
        """Send a frame of an open lane."""
        try:
            if isinstance(frame, MulawInputFrame):
                self._source.pass_on(frame)
            else:
                self._source.hand_on(frame)
        except Exception as error:
            # Whoever calls is a socket, which an exception would tear down. Pipecat reports an
            # error of a stage in the same way.
            self._source.create_task(
                self._source.push_error(f"Error on the audio lane: {error}", exception=error)
            )

    def _prepare(self, everybody: list[FrameProcessor]) -> None:
        # A source that is not among them is in a branch, where nobody knows who is behind it.
        behind = everybody[everybody.index(self._source) + 1 :] if self._source in everybody else []
        for stage in behind:
            if not isinstance(stage, LaneStage) and not _ignores_audio(stage):
                logger.info("Audio of {} takes Pipecat's road: {} is on it", self._source, stage)
                break
        else:
            stages = [stage for stage in behind if isinstance(stage, LaneStage)]
            # Only an output transport says when all have started.
            if any(isinstance(stage, BaseOutputTransport) for stage in stages):
                self._stages = stages
                return
        self._settled.set()

    def _open(self, stages: list[LaneStage]) -> None:
        if all(stage.can_take for stage in stages):
            logger.debug("Audio of {} takes the lane", self._source)
            for index, stage in enumerate([self._source, *stages]):
                stage.lead_to(stages[index:])
            self.is_open = True
        self._settled.set()


def _in_order(processors: Sequence[FrameProcessor]) -> Iterator[FrameProcessor]:
    for processor in processors:
        if isinstance(processor, Pipeline):
            yield from _in_order(processor.processors)
        else:
            yield processor


def _ignores_audio(stage: FrameProcessor) -> bool:
    """Whether audio means nothing to a stage of Pipecat's own."""
    if isinstance(stage, LLMUserAggregator):
        params = stage._params  # pyright: ignore[reportPrivateUsage]  there is no public way to ask
        turns = params.user_turn_strategies
        return (
            params.vad_analyzer is None
            and not params.user_mute_strategies
            and turns is not None
            and all(type(s) is ExternalUserTurnStartStrategy for s in turns.start or [])
            and all(type(s) is ExternalUserTurnStopStrategy for s in turns.stop or [])
        )
    return isinstance(stage, (PipelineSource, PipelineSink, LLMAssistantAggregator))
