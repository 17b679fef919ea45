"""Plays scenarios: a scripted caller on one side of the product, a scripted model on the other."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from simulator.appointment_book import MISSING, differences, read_appointments
from simulator.call import LineMaker
from simulator.caller import Account, AgentSilent, CallRecord, Line, place_call
from simulator.rest import TwilioRest
from simulator.scenario import Call, Scenario, ScenarioError, Script, Turn
from simulator.scenario_agent import AGENT_SECS, Event, ScenarioAgent, Show
from simulator.text_messages import message_differences
from simulator.twiml_reader import TwimlError

__all__ = ["Event", "Report", "ScenarioAgent", "Show", "Stage", "play_scenario"]

LOOK_AGAIN_SECS = 0.05

PERSON_VERBS = ("dial:", "record")
"""How the names of verbs begin that lead to a person."""

FREE_MODEL_MS = 1500
"""A model that is elsewhere may have called a tool so long after the caller's words."""


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


async def play_scenario(  # noqa: PLR0913  the whole stage of a play
    scenario: Scenario,
    *,
    stage: Stage | None,
    account: Account,
    voice_url: str,
    database_url: str,
    wav_folder: Path | None = None,
    show: Show = lambda event: None,
    patience_secs: float = AGENT_SECS,
    rest: TwilioRest | None = None,
    line: LineMaker = Line,
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
        rest: Twilio's REST side that the product talks to; its messages are looked at.
        line: makes the caller's end of a stream.
    """
    script = Script(scenario.time_zone, datetime.now(UTC))
    play = _Play(
        Report(scenario),
        script,
        account,
        voice_url,
        show,
        patience_secs,
        rest,
        line,
        free=stage is None,
    )
    sent_before = len(rest.messages) if rest else 0
    for number, call in enumerate(scenario.calls, start=1):
        show(Event("call", f"{scenario.title} ({call.from_})"))
        agent = ScenarioAgent(call, script, show, patience_secs=patience_secs) if stage else None
        if stage:
            stage.agent = agent
        wav_path = wav_folder / f"{scenario.name}-{number}.wav" if wav_folder else None
        await play.call(number, call, agent, wav_path)
    play.report.problems += await play.outcome(database_url, sent_before)
    for message in rest.messages[sent_before:] if rest else ():
        show(Event("text", f"to {message['to']}: {message['body']}"))
    return play.report


@dataclass
class _Play:
    """A scenario while it is played.

    Attributes:
        free: whether the model is elsewhere: it may say and call what it likes, and only the
            caller's turns and the end are as written.
    """

    report: Report
    script: Script
    account: Account
    voice_url: str
    show: Show
    patience_secs: float
    rest: TwilioRest | None
    line: LineMaker
    free: bool

    async def call(
        self, number: int, call: Call, agent: ScenarioAgent | None, wav_path: Path | None
    ) -> None:
        """Make one call, and note what was not as it must be."""
        problems = self.report.problems
        try:
            record = await place_call(
                self.voice_url,
                self.account,
                from_=call.from_,
                script=_Caller(call, self.script, agent, self.show, self.patience_secs),
                wav_path=wav_path,
                stir_verstat=call.stir_verstat,
                dial=call.dial,
                voicemail=call.voicemail,
                voicemail_end=call.voicemail_end,
                rest=self.rest,
                line=self.line,
            )
        except (ScenarioError, AgentSilent, TwimlError) as error:
            problems.append(f"call {number} broke off: {error}")
        else:
            self.report.records.append(record)
            if self._judged(call.verbs) != self._judged(record.verbs):
                problems.append(f"Twilio did {record.verbs}, not {list(call.verbs)}")
            self.show(Event("end", record.ended_by))
        problems += agent.problems + agent.untaken if agent else []

    def _judged(self, verbs: Sequence[str]) -> list[str]:
        """The verbs that must be as written: who ends the call is a free model's own affair."""
        return [verb for verb in verbs if not self.free or verb.startswith(PERSON_VERBS)]

    async def outcome(self, database_url: str, sent_before: int) -> list[str]:
        """What is not as it must be in the end; what is done behind the call may take its time."""
        scenario, loop = self.report.scenario, asyncio.get_running_loop()
        behind = self.free or self.rest is not None or _hangs_up_at_work(scenario)
        until = loop.time() + (self.patience_secs if behind else 0)
        while True:
            problems = await self._look(database_url, sent_before)
            if not problems or loop.time() >= until:
                return problems
            await asyncio.sleep(LOOK_AGAIN_SECS)

    async def _look(self, database_url: str, sent_before: int) -> list[str]:
        """Compare the database and the messages with what is expected of them."""
        scenario = self.report.scenario
        self.report.appointments = await read_appointments(database_url, scenario.time_zone)
        problems = differences(self._expected_rows(), self.report.appointments)
        if self.free and _hangs_up_at_work(scenario):
            # Nobody can say how far a free model had come.
            problems = [line for line in problems if not line.startswith(MISSING)]
        if self.rest is not None:
            expected = [message.model_dump() for message in scenario.expect.messages]
            sent = self.rest.messages[sent_before:]
            problems += message_differences(self.script.fill(expected), sent)
        return problems

    def _expected_rows(self) -> list[dict[str, str]]:
        """The rows there must be, without columns that only results of scripted calls tell."""
        rows = [dict(row) for row in self.report.scenario.expect.appointments]
        if not self.free:
            return self.script.fill(rows)
        untold = {key for row in rows for key, value in row.items() if "results[" in value}
        return [
            self.script.fill({key: value for key, value in row.items() if key not in untold})
            for row in rows
        ]


def _hangs_up_at_work(scenario: Scenario) -> bool:
    return any(turn.hang_up_during for call in scenario.calls for turn in call.turns)


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
        if self.call.hiss:
            line.hiss(self.call.hiss)
        for place, turn in enumerate(self.call.turns):
            if turn.is_agents:
                continue
            await self.wait(line, place)
            if self.agent:
                self.agent.pass_caller_turn(place)
            await self.take(line, turn)
        if self.call.turns[-1].hang_up_during:
            await self.hang_up_during_tool(line)
        elif self.call.turns[-1].is_agents:
            # Whoever does not hang up waits for the product to end the stream.
            await line.stay(within_secs=self.patience_secs)

    async def hang_up_during_tool(self, line: Line) -> None:
        """Hang up when the tool has been called, or may have been; no result is waited for."""
        if self.agent:
            await self.agent.until_tool()
        else:
            await line.wait(FREE_MODEL_MS)
        await line.hang_up()

    async def wait(self, line: Line, place: int) -> None:
        """Let the agent finish, or at least begin."""
        if self.agent:
            await self.agent.until_turn(place)
        interrupt_after_ms = self.call.turns[place].interrupt_after_ms
        if interrupt_after_ms is not None:
            await line.hear_agent(interrupt_after_ms, within_secs=self.patience_secs)
        elif place and self.call.turns[place - 1].is_agents:
            answered_secs = self.agent.answered_secs if self.agent else None
            await line.listen(within_secs=self.patience_secs, answered_secs=answered_secs)

    async def take(self, line: Line, turn: Turn) -> None:
        """Speak, be silent, press keys or hang up."""
        if turn.caller is not None:
            words = str(self.script.fill(turn.caller))
            if self.agent:
                self.agent.spoke(words)
            self.show(Event("caller", words))
            await line.say(words)
        elif turn.silent_secs is not None:
            self.show(Event("caller", "says nothing"))
            with suppress(AgentSilent):
                await line.hear_agent(0, within_secs=turn.silent_secs)
        elif turn.press is not None:
            self.show(Event("caller", f"presses {turn.press}"))
            await line.press(turn.press)
        else:
            await line.hang_up()
