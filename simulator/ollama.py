"""Plays Ollama for a cascade: the chat completions of its OpenAI-compatible side.

async with Ollama(stage) as ollama:
    start_a_product_that_thinks_at(ollama.url)
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from starlette.requests import Request

from simulator.chat import ChatServer, HttpError
from simulator.realtime.agent import Agent

PULLED: Mapping[str, bool] = {"llama3.2": True, "gemma": False}
"""Models that are on the machine, and whether they call tools."""


class Ollama(ChatServer):
    """An async context manager that serves while it is entered; it asks for no key.

    Its `url` stands for `http://localhost:11434/v1`.
    """

    traits: ClassVar[dict[str, Any]] = {"system_fingerprint": "fp_ollama"}

    def __init__(self, agent: Callable[[], Agent], pulled: Mapping[str, bool] = PULLED) -> None:
        """Prepare a server.

        Args:
            agent: gives who thinks, asked for at every request.
            pulled: the models that are on the machine, and whether they call tools.
        """
        super().__init__(agent)
        self._pulled = pulled

    def check(self, request: Request, asked: dict[str, Any]) -> None:
        """Refuse a model that was not pulled, and tools for one that knows none."""
        name = asked["model"].removesuffix(":latest")
        if name not in self._pulled:
            message = f"model '{asked['model']}' not found"
            raise HttpError(404, message, kind="not_found_error")
        if asked.get("tools") and not self._pulled[name]:
            raise HttpError(400, f"registry.ollama.ai/library/{name}:latest does not support tools")
