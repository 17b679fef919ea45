"""The course of a call: it begins with the stream, and ends for whatever reason."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import WebSocket
from loguru import logger
from pipecat.frames.frames import ErrorFrame
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_transport import BaseTransport
from pipecat.workers.runner import WorkerRunner

from calls.records import CallRecords, Outcome
from processors.call_end import CallEndProcessor
from receptionist import Receptionist
from telephony.frames import DeskTakesFrame, LeaveFrame, StreamStartedFrame
from telephony.line import Line


async def _end(
    worker: PipelineWorker,
    records: CallRecords,
    call_sid: str,
    outcome: Outcome,
    reason: str | None = None,
) -> None:
    noted = records.note_end(call_sid, outcome, reason)
    if outcome is Outcome.FAILED:
        # A person takes over whatever the record says: nobody waits for the database.
        await asyncio.gather(noted, worker.cancel())
    else:
        await noted
        await worker.cancel()


@asynccontextmanager
async def ending_politely(records: CallRecords, call_sid: str) -> AsyncGenerator[None]:
    """Note the end of a call that nobody has noted: by a bug of ours, or without a reason."""
    try:
        yield
        await records.note_end(call_sid, Outcome.FAILED, "the pipeline ended by itself")
    except Exception as error:
        logger.exception("Call failed by a bug of ours")
        await records.note_end(call_sid, Outcome.FAILED, f"{type(error).__name__}: {error}")


async def take_its_course(
    worker: PipelineWorker, line: Line, call_end: FrameProcessor, receptionist: Receptionist
) -> None:
    """Run a call; the front desk may ask for it meanwhile."""
    _follow_the_line(worker, line, call_end, receptionist.records)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    with receptionist.live.call(line.start.call_sid, partial(_give_to_desk, worker)):
        await runner.run()


def _follow_the_line(
    worker: PipelineWorker, line: Line, call_end: FrameProcessor, records: CallRecords
) -> None:
    """Begin with the stream; end when all was said, the caller hangs up or the model is lost."""
    transport, stream, start = line.transport, line.stream, line.start

    @transport.event_handler("on_client_connected")
    async def on_client_connected(transport: BaseTransport, websocket: WebSocket) -> None:
        await worker.queue_frame(StreamStartedFrame(start))

    end = partial(_end, worker, records, start.call_sid)

    @call_end.event_handler("on_leave")
    async def on_leave(call_end: CallEndProcessor, frame: LeaveFrame) -> None:
        handed_over = frame.to_person and line.is_telephone
        await end(Outcome.TRANSFERRED if handed_over else Outcome.COMPLETED, frame.reason)

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport: BaseTransport, websocket: WebSocket) -> None:
        stream.closed()
        if stream.stopped or not line.is_telephone:
            await end(Outcome.COMPLETED)
        else:
            await end(Outcome.FAILED, "the line vanished")

    @worker.event_handler("on_pipeline_error")
    async def on_pipeline_error(worker: PipelineWorker, frame: ErrorFrame) -> None:
        if frame.processor and not frame.processor.is_usable:
            logger.error("Call is handed over: {}", frame.error)
            await end(Outcome.FAILED, frame.error)
        elif frame.exception:  # Pipecat has logged where, but not by which way
            logger.opt(exception=frame.exception).error("Call goes on after a bug of ours")


async def _give_to_desk(worker: PipelineWorker, name: str) -> None:
    """Hand a call over to somebody at the front desk, by their name."""
    await worker.queue_frame(DeskTakesFrame(staff=name))
