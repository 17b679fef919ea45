"""One client's session with Grok: where its events mean something else than OpenAI's."""

import time
from collections.abc import Mapping
from typing import Any, cast

from simulator.grok.schema import EVENTS
from simulator.grok.settings import changed, first_settings, of_the_engine
from simulator.grok.wire import GrokWire
from simulator.realtime.agent import Agent
from simulator.realtime.echo import EchoConnection
from simulator.realtime.errors import RealtimeError
from simulator.realtime.knobs import Knobs
from simulator.realtime.rules import Rule
from simulator.realtime.session import Event, Session
from simulator.realtime.settings import Settings
from simulator.realtime.wire import Wire


class GrokSession(Session):
    """The server's side of one connection, and the record of it.

    Attributes:
        settings: the session object as Grok's clients see it.
    """

    rules: Mapping[str, Rule] = EVENTS
    wire_type: type[Wire] = GrokWire
    settings: Settings

    def __init__(
        self, connection: EchoConnection, agent: Agent, model: str, knobs: Knobs, number: int
    ) -> None:
        super().__init__(connection, agent, model, knobs, number)
        self._actions |= {
            "input_audio_buffer.commit": self._commit_audio,
            "response.create": self._create_response,
        }

    def _first_settings(self, model: str) -> Settings:
        self._expires_at = int(time.time() + self._knobs.session_seconds)
        self.settings = first_settings(self._wire.new_id("sess"), model)
        return of_the_engine(self.settings, self._expires_at)

    def _introduce(self) -> None:
        self._wire.emit("session.created", session=self.settings)
        conversation = {"id": self._around.conversation_id, "object": "realtime.conversation"}
        self._wire.emit("conversation.created", conversation=conversation)
        if self._wire.maybe():
            self._wire.emit("ping", timestamp=int(time.time() * 1000))

    def _update_session(self, event: Event) -> None:
        settings = changed(self.settings, event["session"])
        heard = settings["audio"]["input"]
        if self.appended and heard["format"] != self.settings["audio"]["input"]["format"]:
            message = "The format of the input cannot be changed once there is audio."
            raise RealtimeError(None, message, "session.audio.input.format")
        self.settings = settings
        self._around.settings = of_the_engine(settings, self._expires_at)
        cast(GrokWire, self._wire).streams_transcripts = heard["transcription"] is not None
        self._floor.configure()
        self._wire.emit("session.updated", session=settings)

    def _commit_audio(self, event: Event) -> None:
        if self.settings["turn_detection"] is not None:
            message = "A commit is only for sessions whose turn_detection is null."
            raise RealtimeError(None, message)
        self._floor.commit_audio(event)

    def _create_response(self, event: Event) -> None:
        wanted: dict[str, Any] = event.get("response", {})
        # Whatever is said here is spoken, and its words come with it.
        response = {name: value for name, value in wanted.items() if name != "modalities"}
        self._floor.create_response({**event, "response": response})

    def _truncate_item(self, event: Event) -> None:
        item = self.items.find(event["item_id"], "truncate")
        words = "".join(part.get("transcript") or "" for part in item.get("content", ()))
        length_ms = self.items.audio_ms(event["item_id"])
        fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        self.items.truncate(**fields)
        heard = words[: round(len(words) * event["audio_end_ms"] / length_ms)]
        self._wire.emit("conversation.item.truncated", **fields, transcript=heard)
