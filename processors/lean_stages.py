"""Stages without what they never use.

Pipecat 1.14 makes two queues for every stage, and reads neither in direct mode. An empty one is
3 kB, so that a call would keep 100 kB of them. There is no public way to do without;
`tests/realtime/test_pipecat_contract.py` fails when Pipecat changes what it does with them.
"""

from typing import Any

from pipecat.processors.frame_processor import FrameProcessor, FrameProcessorQueue
from pipecat.utils.frame_queue import FrameQueue

NEVER_FILLED: dict[str, Any] = {
    "_FrameProcessor__input_queue": FrameProcessorQueue(),
    "_FrameProcessor__process_queue": FrameQueue(),
}
"""What stands for the queues of every stage in direct mode."""


def make_lean(stage: FrameProcessor) -> None:
    """Take the queues of direct mode from a stage and those within it, before they start."""
    for inner in stage.processors:
        make_lean(inner)
    if stage._enable_direct_mode:  # pyright: ignore[reportPrivateUsage]  there is no public way to ask
        vars(stage).update(NEVER_FILLED)
