"""What a call keeps in memory before a word was said; `make bench` measures whole calls."""

import gc
import tracemalloc
from pathlib import Path

from pipecat.pipeline.worker import PipelineWorker
from pydantic import SecretStr

from bot import build_worker
from receptionist import Receptionist, open_receptionist
from reference.stages import idle_pipeline
from settings import Settings
from tools.context import CallContext

SPA_FILE = Path(__file__).parents[1] / "spa.toml"
CALLS = 5
MOST_KB = 225
"""Queues for stages that use none, or tools that are read anew, would be too much."""


def idle_call(receptionist: Receptionist) -> PipelineWorker:
    context = CallContext(desk=receptionist.desk, call_sid="CA1", phone=None)
    return build_worker(idle_pipeline(receptionist), context, traced=False)


async def test_a_call_shares_with_the_others_what_is_the_same_for_all() -> None:
    settings = Settings.model_construct(openai_api_key=SecretStr("none"), spa_file=SPA_FILE)
    async with open_receptionist(settings) as receptionist:
        calls = [idle_call(receptionist)]
        tracemalloc.start()
        try:
            calls += [idle_call(receptionist) for _ in range(CALLS)]
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(calls) == CALLS + 1
        assert kept / CALLS / 1024 < MOST_KB
