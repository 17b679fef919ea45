"""The model of a scenario: says and calls what is written down, and notes what does not fit."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from simulator.realtime import CallTool, Conversation, Output, Say
from simulator.scenario import Call, ScenarioError, Script, ToolCall, Turn, contains

AGENT_SECS = 20.0
"""How long the caller waits for the agent to take its turn."""

MOMENT = Say("One moment, please.")


@dataclass(frozen=True)
class Event:
    """Something to show while a scenario is played.

    Attributes:
        kind: `call`, `caller`, `agent`, `tool`, `result` or `end`.
        text: the words, or what was called or answered.
    """

    kind: str
    text: str


Show = Callable[[Event], None]


class ScenarioAgent:
    """The model of one call: says and calls what the scenario tells, and nothing else.

    Attributes:
        problems: where the product did something that the scenario does not know.
        tool_called: set when the tool was called during which the caller hangs up.
        answered_secs: when it last had something to say, by the loop's clock.
    """

    def __init__(
        self, call: Call, script: Script, show: Show, *, patience_secs: float = AGENT_SECS
    ) -> None:
        self.problems: list[str] = []
        self.tool_called = asyncio.Event()
        self.answered_secs = 0.0
        self._patience_secs = patience_secs
        self._turns = list(call.turns)
        self._script = script
        self._show = show
        self._next = 0
        self._outputs_seen = 0
        self._waiting: int | None = None
        self._spoken: list[str] = []
        self._moved = asyncio.Condition()

    def spoke(self, text: str) -> None:
        """Note what the caller said: the transcription of the turn to come."""
        self._spoken.append(text)

    def transcribe(self, turn: int) -> str | None:
        """The words of the caller's n-th turn."""
        return self._spoken[turn] if turn < len(self._spoken) else ""

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        """The agent's turns up to the next tool call or the next turn of the caller.

        What the product wants to be said meanwhile it marks, and that is no turn.
        """
        if conversation.metadata:
            return [MOMENT]
        async with self._moved:
            try:
                return self._outputs(conversation)
            except ScenarioError as error:
                self.problems.append(str(error))
                return []
            finally:
                self._moved.notify_all()

    async def until_tool(self) -> None:
        """Wait until the tool was called during which the caller hangs up.

        Raises:
            ScenarioError: it was not in time.
        """
        try:
            async with asyncio.timeout(self._patience_secs):
                await self.tool_called.wait()
        except TimeoutError as error:
            raise ScenarioError(self.untaken[0]) from error

    async def until_turn(self, place: int) -> None:
        """Wait until the agent has taken all its turns before this one.

        Raises:
            ScenarioError: it did not in time.
        """
        try:
            async with asyncio.timeout(self._patience_secs), self._moved:
                await self._moved.wait_for(lambda: self._next >= place)
        except TimeoutError as error:
            raise ScenarioError(self.untaken[0]) from error

    @property
    def untaken(self) -> list[str]:
        """What the agent was never asked for, a line each."""
        wanted = [
            name
            for turn in self._turns[self._next :]
            if turn.is_agents
            for name in ([turn.agent] if turn.agent else _names(turn))
        ]
        asked = self._waiting is not None and not self.tool_called.is_set()
        waiting = _names(self._turns[self._waiting or 0]) if asked else []
        return [f"the model was never asked for: {words}" for words in wanted] + [
            f"the product never answered the call of {tool}" for tool in waiting
        ]

    def pass_caller_turn(self, place: int) -> None:
        """The caller takes this turn; what follows may be asked for."""
        self._next = max(self._next, place + 1)

    def _outputs(self, conversation: Conversation) -> list[Output]:
        self._take_results(conversation)
        if self._next < len(self._turns) and self._turns[self._next].silent_secs is not None:
            self._next += 1  # to be asked is how a silence ends
        outputs: list[Output] = []
        while self._next < len(self._turns) and self._turns[self._next].is_agents:
            turn = self._turns[self._next]
            self._next += 1
            if turn.agent is None:
                outputs += [self._call(call) for call in turn.calls]
                self._waiting = self._next - 1
                if turn.hang_up_during:
                    return _Watched(outputs, self.tool_called)
                break
            text = str(self._script.fill(turn.agent))
            self._show(Event("agent", text))
            outputs.append(Say(text))
            self.answered_secs = asyncio.get_running_loop().time()
        if not outputs and not self.tool_called.is_set():
            self.problems.append("the model was asked for an answer out of turn")
        return outputs

    def _call(self, call: ToolCall) -> CallTool:
        arguments = self._script.fill(call.arguments)
        shown = arguments if isinstance(arguments, str) else json.dumps(arguments)
        self._show(Event("tool", f"{call.tool} {shown}"))
        return CallTool(call.tool, arguments)

    def _take_results(self, conversation: Conversation) -> None:
        """The results of the tools that were called last, compared with what is expected."""
        if self._waiting is None:
            return
        place, self._waiting = self._waiting, None
        calls = self._turns[place].calls
        results = _results(conversation, self._outputs_seen)
        self._outputs_seen += len(results)
        if not results and not self.tool_called.is_set():
            # The caller spoke on while the call was made, so it never was: make it again.
            self._next = place
        elif results and len(results) != len(calls):
            names = " and ".join(_names(self._turns[place]))
            wanted = "" if len(calls) == 1 else f" of {len(calls)}"
            self.problems.append(f"{names} was answered {len(results)}{wanted} times")
        for result, call in zip_longest(results, calls[: len(results)], fillvalue=calls[-1]):
            self._script.results.append(result)
            self._show(Event("result", json.dumps(result)))
            expected = self._script.fill(call.expect)
            if not contains(expected, result):
                self.problems.append(f"{call.tool} answered {result}, not {expected}")


class _Watched(list[Output]):
    """Outputs of a response that tell when the last one was produced."""

    def __init__(self, outputs: Sequence[Output], produced: asyncio.Event) -> None:
        super().__init__(outputs)
        self._produced = produced

    def __iter__(self) -> Iterator[Output]:
        """Each in turn; whoever asks for one more has sent them all."""
        yield from super().__iter__()
        self._produced.set()


def _names(turn: Turn) -> list[str]:
    return [call.tool for call in turn.calls]


def _results(conversation: Conversation, seen: int) -> list[Any]:
    """What the tools answered since then, in the order of the calls."""
    items = conversation.items
    calls = [item["call_id"] for item in items if item["type"] == "function_call"]
    answered = [item["call_id"] for item in items if item["type"] == "function_call_output"]
    results = conversation.function_outputs
    if len(answered) != len(results) or not set(answered) <= set(calls):
        return results[seen:]
    new = range(seen, len(results))
    return [results[place] for place in sorted(new, key=lambda place: calls.index(answered[place]))]
