"""Plays scenarios: a scripted caller on one side of the product, a scripted model on the other."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from simulator.appointment_book import differences, read_appointments
from simulator.caller import Account, CallRecord, CallScript, Line, place_call
from simulator.realtime import CallTool, Conversation, Output, Say
from simulator.scenario import Call, Scenario, ScenarioError, Script, Turn, contains

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

    def __init__(self, call: Call, script: Script, show: Show) -> None:
        self.problems: list[str] = []
        self._turns = list(call.turns)
        self._script = script
        self._show = show
        self._next = 0
        self._outputs_seen = 0
        self._waiting: Turn | None = None
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
            outputs = self._outputs(conversation)
            self._moved.notify_all()
        return outputs

    async def until_turn(self, place: int) -> None:
        """Wait until the agent has taken all its turns before this one.

        Raises:
            ScenarioError: it did not within `AGENT_SECS`.
        """
        try:
            async with asyncio.timeout(AGENT_SECS), self._moved:
                await self._moved.wait_for(lambda: self._next >= place)
        except TimeoutError as error:
            turn = self._turns[self._next]
            raise ScenarioError(
                f"the agent was never asked for: {turn.agent or turn.tool}"
            ) from error

    def pass_caller_turn(self, place: int) -> None:
        """The caller takes this turn; what follows may be asked for."""
        self._next = place + 1

    def _outputs(self, conversation: Conversation) -> list[Output]:
        self._take_result(conversation)
        outputs: list[Output] = []
        while self._next < len(self._turns) and self._turns[self._next].is_agents:
            turn = self._turns[self._next]
            self._next += 1
            if turn.agent is not None:
                text = str(self._script.fill(turn.agent))
                self._show(Event("agent", text))
                outputs.append(Say(text))
            else:
                outputs.append(self._call(turn))
                break
        if not outputs:
            self.problems.append("the model was asked for an answer out of turn")
        return outputs

    def _call(self, turn: Turn) -> CallTool:
        arguments = self._script.fill(turn.arguments)
        self._waiting = turn
        shown = arguments if isinstance(arguments, str) else json.dumps(arguments)
        self._show(Event("tool", f"{turn.tool} {shown}"))
        return CallTool(turn.tool or "", arguments)

    def _take_result(self, conversation: Conversation) -> None:
        """The result of the tool that was called last, compared with what is expected of it."""
        if self._waiting is None:
            return
        turn, self._waiting = self._waiting, None
        results = conversation.function_outputs[self._outputs_seen :]
        self._outputs_seen += len(results)
        if not results:
            # The caller spoke on while the call was made, so it never was: make it again.
            self._next = self._turns.index(turn)
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
    stage: Stage,
    account: Account,
    voice_url: str,
    database_url: str,
    wav_folder: Path | None = None,
    show: Show = lambda event: None,
) -> Report:
    """Play all calls of a scenario and look at the database.

    Args:
        scenario: what to play.
        stage: the agent factory of the model simulator that the product talks to.
        account: the Twilio account that the product trusts.
        voice_url: the product's voice webhook.
        database_url: the product's database.
        wav_folder: where to put a stereo WAV of each call; None for none.
        show: called with what happens, as it happens.
    """
    report = Report(scenario)
    script = Script(scenario.time_zone, datetime.now(UTC))
    for number, call in enumerate(scenario.calls, start=1):
        show(Event("call", f"{scenario.title} ({call.from_})"))
        agent = stage.agent = ScenarioAgent(call, script, show)
        wav_path = wav_folder / f"{scenario.name}-{number}.wav" if wav_folder else None
        record = await place_call(
            voice_url,
            account,
            from_=call.from_,
            script=_caller(call, script, agent, show),
            wav_path=wav_path,
        )
        report.records.append(record)
        report.problems += agent.problems
        if list(call.verbs) != record.verbs:
            report.problems.append(f"Twilio did {record.verbs}, not {list(call.verbs)}")
        show(Event("end", record.ended_by))
    report.appointments = await read_appointments(database_url, scenario.time_zone)
    expected = script.fill([dict(row) for row in scenario.expect.appointments])
    report.problems += differences(expected, report.appointments)
    return report


def _caller(call: Call, script: Script, agent: ScenarioAgent, show: Show) -> CallScript:
    """The caller's side of a call, as a script for the line."""

    async def speak(line: Line) -> None:
        for place, turn in enumerate(call.turns):
            if turn.is_agents:
                continue
            await agent.until_turn(place)
            if turn.interrupt_after_ms is not None:
                await line.hear_agent(turn.interrupt_after_ms)
            else:
                await line.listen()
            agent.pass_caller_turn(place)
            await _take(line, turn, script, agent, show)

    return speak


async def _take(line: Line, turn: Turn, script: Script, agent: ScenarioAgent, show: Show) -> None:
    if turn.caller is not None:
        words = str(script.fill(turn.caller))
        agent.spoke(words)
        show(Event("caller", words))
        await line.say(words)
    elif turn.press is not None:
        show(Event("caller", f"presses {turn.press}"))
        await line.press(turn.press)
    else:
        await line.hang_up()
