"""Tools that answer what they answered in the capture: the book of that day is not here."""

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

from pipecat.services.llm_service import FunctionCallParams

from replay.captured import Captured
from tools import RECEPTIONIST_TOOLS
from tools.answers import Answer, answer
from tools.call_control import end_call, transfer_to_staff

REAL = (end_call, transfer_to_staff)
"""They act on the line, and read nothing."""

Tool = Callable[..., Any]


def replayed_tools(captured: Captured) -> tuple[Tool, ...]:
    """The agent's tools, in their order."""
    results = captured.tool_results
    return tuple(tool if tool in REAL else _replayed(tool, results) for tool in RECEPTIONIST_TOOLS)


def _replayed(tool: Tool, results: dict[str, tuple[float, Any]]) -> Tool:
    @wraps(tool)  # the model's schema is made of its name, signature and docstring
    async def answer_again(params: FunctionCallParams, **arguments: Any) -> None:
        async def wait() -> Answer:
            at_secs, result = results.get(params.tool_call_id, (0.0, {"ok": False}))
            await asyncio.sleep(at_secs - asyncio.get_running_loop().time())
            return result

        await answer(params, wait)

    return answer_again
