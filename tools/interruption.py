"""What a barge-in may not do to a tool."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from pipecat.adapters.llm.schemas import direct_function

Tool = TypeVar("Tool", bound=Callable[..., Any])


def uninterrupted(tool: Tool) -> Tool:
    """A tool that runs to its end, and whose result the model always gets.

    Pipecat's decorator cancels every other tool when the caller speaks: a change of the book would
    be done or not, and the model would not be told which.
    """
    # Pipecat types its decorator only in part.
    options = cast(Callable[..., Callable[[Tool], Tool]], direct_function.tool_options)
    return options(cancel_on_interruption=False)(tool)
