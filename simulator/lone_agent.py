"""The model of a scenario whose caller is in another process, or is a person at a phone."""

from collections.abc import Sequence
from datetime import UTC, datetime

from simulator.play import ScenarioAgent, Show
from simulator.realtime import Conversation, Output
from simulator.scenario import Call, Script


class LoneAgent(ScenarioAgent):
    """Takes it that the caller has had a turn whenever it is asked to answer.

    Attributes:
        caller_lines: what the caller says in this call.
    """

    def __init__(self, call: Call, time_zone: str, show: Show) -> None:
        super().__init__(call, Script(time_zone, datetime.now(UTC)), show)
        said = [turn.caller for turn in call.turns if turn.caller is not None]
        self.caller_lines = [str(self._script.fill(words)) for words in said]
        for words in self.caller_lines:
            self.spoke(words)

    async def respond(self, conversation: Conversation) -> Sequence[Output]:
        """The agent's turns behind those that the caller must have taken."""
        while self._next < len(self._turns) and not self._turns[self._next].is_agents:
            self._next += 1
        return await super().respond(conversation)
