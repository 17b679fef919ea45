"""The tools of the model, read once, and whether a call of it can be made at all. Pure."""

import inspect
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pipecat.adapters.llm.schemas.direct_function import DirectFunctionWrapper
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema


@dataclass(frozen=True, slots=True)
class MadeUpCall:
    """A call that no tool can take.

    Attributes:
        reason: `unknown_tool` or `invalid_arguments`.
        message: for the model, which may then do better.
    """

    reason: str
    message: str

    def result(self) -> dict[str, Any]:
        """The result that the model gets instead, in the shape of every tool's."""
        return {"ok": False, "reason": self.reason, "message": self.message}


class ToolSet:
    """The tools of every call of a process.

    To read them takes milliseconds and gives 80 kB of schemas and signatures, so it is not for
    each call to do.

    Attributes:
        schema: what the model is told of them.
    """

    def __init__(self, tools: Iterable[Callable[..., Any]]) -> None:
        """Read the tools: direct functions, whose first parameter is Pipecat's."""
        functions = list(tools)
        self.schema = ToolsSchema(standard_tools=functions)
        self._signatures = {tool.__name__: inspect.signature(tool) for tool in functions}
        for wrapper in self.wrappers:
            # Pipecat looks for the options of a tool on what is registered for it.
            vars(wrapper).update(vars(wrapper.function))

    @property
    def names(self) -> list[str]:
        """What the model calls them."""
        return list(self._signatures)

    @property
    def wrappers(self) -> list[DirectFunctionWrapper]:
        """What Pipecat calls them through."""
        return self.schema.direct_functions

    def fault(self, name: str | None, arguments: str | None) -> MadeUpCall | None:
        """What is wrong with a call; None when a tool can take it.

        Args:
            name: of the tool, as the model wrote it.
            arguments: JSON, as the model wrote it.
        """
        signature = self._signatures.get(name or "")
        if signature is None:
            known = ", ".join(self._signatures)
            return MadeUpCall("unknown_tool", f"There is no such tool. There are: {known}.")
        try:
            parsed = json.loads(arguments or "")
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            message = "The arguments were not a JSON object. Call the tool again."
            return MadeUpCall("invalid_arguments", message)
        try:
            signature.bind(None, **parsed)
        except TypeError as error:
            message = f"The arguments do not fit: {error}. Call the tool again."
            return MadeUpCall("invalid_arguments", message)
        return None
