import asyncio

from pipecat.frames.frames import Frame, InterruptionFrame, TextFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.tests.utils import run_test

from processors.lean_stages import NEVER_FILLED, make_lean
from tests.processors.in_order import TailProcessor


def queues(stage: FrameProcessor) -> list[asyncio.Queue[Frame]]:
    return [value for value in vars(stage).values() if isinstance(value, asyncio.Queue)]


def test_stages_in_direct_mode_share_queues_and_the_others_keep_theirs() -> None:
    direct, stock = TailProcessor(), IdentityFilter()
    kept = queues(stock)
    pipeline = Pipeline([direct, Pipeline([stock])])
    make_lean(pipeline)
    assert len(kept) == len(NEVER_FILLED)
    assert queues(stock) == kept
    source, _, inner, sink = pipeline.processors
    for stage in (pipeline, source, direct, inner, *inner.entry_processors, sink):
        assert queues(stage) == list(NEVER_FILLED.values())


async def test_a_lean_pipeline_runs_as_every_other() -> None:
    pipeline = Pipeline([TailProcessor(), IdentityFilter(), TailProcessor()])
    make_lean(pipeline)
    sent = [TextFrame("hello"), InterruptionFrame(), TextFrame("again")]
    down, _ = await run_test(pipeline, frames_to_send=sent)
    assert {type(frame) for frame in down} == {TextFrame, InterruptionFrame}
    assert not any(pipeline.has_queued_frame(TextFrame) for pipeline in pipeline.processors)
    assert all(queue.empty() for queue in NEVER_FILLED.values())
