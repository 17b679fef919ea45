"""Plays scenarios: a scripted caller on one side of the product, a scripted model on the other."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from simulator.appointment_book import differences, read_appointments
from simulator.caller import Account, AgentSilent, CallRecord, Line, place_call
from simulator.realtime import CallTool, Conversation, Output, Say
from simulator.scenario import Call, Scenario, ScenarioError, Script, Turn, contains
from simulator.twiml_reader import TwimlError

AGENT_SECS = 20.0
"""How long the caller waits for the agent to take its turn."""


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
    """

    def __init__(
        self, call: Call, script: Script, show: Show, *, patience_secs: float = AGENT_SECS
    ) -> None:
        self.problems: list[str] = []
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
        """The agent's turns up to the next tool call or the next turn of the caller."""
        async with self._moved:
            try:
                return self._outputs(conversation)
            except ScenarioError as error:
                self.problems.append(str(error))
                return []
            finally:
                self._moved.notify_all()

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
        wanted = [turn.agent or turn.tool for turn in self._turns[self._next :] if turn.is_agents]
        waiting = [] if self._waiting is None else [self._turns[self._waiting].tool]
        return [f"the model was never asked for: {words}" for words in wanted] + [
            f"the product never answered the call of {tool}" for tool in waiting
        ]

    def pass_caller_turn(self, place: int) -> None:
        """The caller takes this turn; what follows may be asked for."""
        self._next = place + 1

    def _outputs(self, conversation: Conversation) -> list[Output]:
        self._take_result(conversation)
        outputs: list[Output] = []
        while self._next < len(self._turns) and self._turns[self._next].is_agents:
            turn = self._turns[self._next]
            self._next += 1
            if turn.agent is None:
                outputs.append(self._call(turn))
                self._waiting = self._next - 1
                break
            text = str(self._script.fill(turn.agent))
            self._show(Event("agent", text))
            outputs.append(Say(text))
        if not outputs:
            self.problems.append("the model was asked for an answer out of turn")
        return outputs

    def _call(self, turn: Turn) -> CallTool:
        arguments = self._script.fill(turn.arguments)
        shown = arguments if isinstance(arguments, str) else json.dumps(arguments)
        self._show(Event("tool", f"{turn.tool} {shown}"))
        return CallTool(turn.tool or "", arguments)

    def _take_result(self, conversation: Conversation) -> None:
        """The result of the tool that was called last, compared with what is expected of it."""
        if self._waiting is None:
            return
        place, self._waiting = self._waiting, None
        turn = self._turns[place]
        results = conversation.function_outputs[self._outputs_seen :]
        self._outputs_seen += len(results)
        if not results:
            # The caller spoke on while the call was made, so it never was: make it again.
            self._next = place
        elif len(results) > 1:
            self.problems.append(f"{turn.tool} was answered {len(results)} times")
        for result in results:
            self._script.results.append(result)
            self._show(Event("result", json.dumps(result)))
            expected = self._script.fill(turn.expect)
            if not contains(expected, result):
                self.problems.append(f"{turn.tool} answered {result}, not {expected}")


@dataclass
class Stage:
    """What the model simulator needs: which agent plays in the call that connects next."""

    agent: ScenarioAgent | None = None

    def __call__(self) -> ScenarioAgent:
        """The agent of a new connection."""
        if self.agent is None:
            raise ScenarioError("the product connected to the model without a call")
        return self.agent


@dataclass
class Report:
    """What came of a scenario.

    Attributes:
        scenario: what was played.
        records: of its calls, as Twilio saw them.
        appointments: what the database held at the end.
        problems: empty when everything was as expected.
    """

    scenario: Scenario
    records: list[CallRecord] = field(default_factory=list[CallRecord])
    appointments: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    problems: list[str] = field(default_factory=list[str])


async def play_scenario(
    scenario: Scenario,
    *,
    stage: Stage | None,
    account: Account,
    voice_url: str,
    database_url: str,
    wav_folder: Path | None = None,
    show: Show = lambda event: None,
    patience_secs: float = AGENT_SECS,
) -> Report:
    """Play all calls of a scenario and look at the database.

    Args:
        scenario: what to play.
        stage: the agent factory of the model simulator that the product talks to; None when its
            model is elsewhere, and then only the caller's turns are played.
        account: the Twilio account that the product trusts.
        voice_url: the product's voice webhook.
        database_url: the product's database.
        wav_folder: where to put a stereo WAV of each call; None for none.
        show: called with what happens, as it happens.
        patience_secs: how long the caller waits for each turn of the agent.
    """
    report = Report(scenario)
    script = Script(scenario.time_zone, datetime.now(UTC))
    for number, call in enumerate(scenario.calls, start=1):
        show(Event("call", f"{scenario.title} ({call.from_})"))
        agent = ScenarioAgent(call, script, show, patience_secs=patience_secs) if stage else None
        if stage:
            stage.agent = agent
        try:
            record = await place_call(
                voice_url,
                account,
                from_=call.from_,
                script=_Caller(call, script, agent, show, patience_secs),
                wav_path=wav_folder / f"{scenario.name}-{number}.wav" if wav_folder else None,
            )
        except (ScenarioError, AgentSilent, TwimlError) as error:
            report.problems.append(f"call {number} broke off: {error}")
        else:
            report.records.append(record)
            if list(call.verbs) != record.verbs:
                report.problems.append(f"Twilio did {record.verbs}, not {list(call.verbs)}")
            show(Event("end", record.ended_by))
        report.problems += agent.problems + agent.untaken if agent else []
    report.appointments = await read_appointments(database_url, scenario.time_zone)
    expected = script.fill([dict(row) for row in scenario.expect.appointments])
    report.problems += differences(expected, report.appointments)
    return report


@dataclass
class _Caller:
    """The caller's side of a call, as a script for the line."""

    call: Call
    script: Script
    agent: ScenarioAgent | None
    show: Show
    patience_secs: float

    async def __call__(self, line: Line) -> None:
        """Take every turn of the caller's when it comes."""
        for place, turn in enumerate(self.call.turns):
            if turn.is_agents:
                continue
            await self.wait(line, place)
            if self.agent:
                self.agent.pass_caller_turn(place)
            await self.take(line, turn)
        if self.call.turns[-1].is_agents:
            # Whoever does not hang up waits for the product to end the stream.
            await line.stay(within_secs=self.patience_secs)

    async def wait(self, line: Line, place: int) -> None:
        """Let the agent finish, or at least begin."""
        if self.agent:
            await self.agent.until_turn(place)
        interrupt_after_ms = self.call.turns[place].interrupt_after_ms
        if interrupt_after_ms is not None:
            await line.hear_agent(interrupt_after_ms, within_secs=self.patience_secs)
        elif place and self.call.turns[place - 1].is_agents:
            await line.listen(within_secs=self.patience_secs)

    async def take(self, line: Line, turn: Turn) -> None:
        """Speak, press keys or hang up."""
        if turn.caller is not None:
            words = str(self.script.fill(turn.caller))
            if self.agent:
                self.agent.spoke(words)
            self.show(Event("caller", words))
            await line.say(words)
        elif turn.press is not None:
            self.show(Event("caller", f"presses {turn.press}"))
            await line.press(turn.press)
        else:
            await line.hang_up()
