"""One client's session: which of its events does what, and the record of both sides."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from simulator.realtime.agent import Agent
from simulator.realtime.audio import PCM_FORMAT
from simulator.realtime.echo import Echo, EchoConnection
from simulator.realtime.errors import RealtimeError, missing_parameter, wrong_type
from simulator.realtime.floor import Floor
from simulator.realtime.items import Item, Items
from simulator.realtime.knobs import Knobs
from simulator.realtime.response import Circumstances
from simulator.realtime.rules import Rule
from simulator.realtime.schema import EVENTS
from simulator.realtime.settings import Settings, check_change, default_settings, merged
from simulator.realtime.tokens import Meter
from simulator.realtime.wire import Wire

Event = dict[str, Any]
"""A client's event."""


class Session:
    """The server's side of one connection, and the record of it.

    Attributes:
        rules: what a client may send.
        wire_type: the server's end of the socket.
        received: The client's events in order.
        close_code: How the socket ended; None while it is open.
        closed: Set when the session has ended and left nothing running.
    """

    rules: Mapping[str, Rule] = EVENTS
    wire_type: type[Wire] = Wire

    def __init__(
        self, connection: EchoConnection, agent: Agent, model: str, knobs: Knobs, number: int
    ) -> None:
        self.received: list[Event] = []
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self._connection = connection
        self._knobs = knobs
        self._wire = self.wire_type(connection, knobs, number)
        self._around = Circumstances(
            wire=self._wire,
            knobs=knobs,
            agent=agent,
            items=Items(),
            settings=self._first_settings(model),
            meter=Meter(),
            conversation_id=self._wire.new_id("conv"),
            failures=[],
        )
        self._floor = Floor(self._around)
        Echo(connection, self._around, number)
        self._actions: dict[str, Callable[[Event], None]] = {
            "session.update": self._update_session,
            "input_audio_buffer.append": self._floor.append_audio,
            "input_audio_buffer.commit": self._floor.commit_audio,
            "input_audio_buffer.clear": self._floor.clear_audio,
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": self._floor.create_response,
            "response.cancel": self._floor.cancel_response,
        }

    @property
    def sent(self) -> list[Event]:
        """The server's events in order."""
        return self._wire.sent

    @property
    def effective(self) -> Settings:
        """The session object as the server means it."""
        return self._around.settings

    @property
    def items(self) -> Items:
        """The conversation."""
        return self._around.items

    @property
    def appended(self) -> bytearray:
        """All audio that the client appended, in the input format of its time."""
        return self._floor.appended

    @property
    def failures(self) -> list[Exception]:
        """What the agent raised, which is never what a test wanted."""
        return self._around.failures

    def emit(self, kind: str, **fields: Any) -> None:
        """Send an event out of turn, for tests of what nobody expects."""
        self._wire.emit(kind, **fields)

    def send_raw(self, content: bytes, *, text: bool = True) -> None:
        """Send a frame that is no event: garbage, a binary frame, half a character."""
        self._wire.send_raw(content, text=text)

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket from the service's side, after all that was emitted."""
        self._wire.close(code, reason)

    async def delivered(self) -> None:
        """Wait until the client has read all that was emitted."""
        await self._wire.delivered()

    def drop(self) -> None:
        """Lose the connection, without any close frame."""
        self._connection.transport.abort()

    def _first_settings(self, model: str) -> Settings:
        """What holds until the client says otherwise."""
        expires_at = int(time.time() + self._knobs.session_seconds)
        return default_settings(self._wire.new_id("sess"), model, expires_at)

    def _introduce(self) -> None:
        """Say the first words."""
        self._wire.emit("session.created", session=self.effective)
        if self._wire.maybe():
            conversation = {"id": self._around.conversation_id, "object": "realtime.conversation"}
            self._wire.emit("conversation.created", conversation=conversation)
        if self._wire.maybe():
            self._wire.emit("simulator.unheard_of", note="Clients ignore events they do not know.")

    async def run(self) -> None:
        """Serve the connection until either side closes it."""
        tasks = [asyncio.create_task(self._wire.pump()), asyncio.create_task(self._expire())]
        self._introduce()
        try:
            async for message in self._connection:
                self._receive(message)
        except ConnectionClosed:
            pass
        finally:
            self.close_code = self._connection.close_code
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, self._floor.leave(), return_exceptions=True)
            self.closed.set()

    async def _expire(self) -> None:
        await asyncio.sleep(self._knobs.session_seconds)
        message = "Your session hit the maximum duration of 60 minutes."
        if not self._knobs.expire_silently:
            error = RealtimeError("session_expired", message)
            self._wire.emit("error", error=error.body(None))
        self._wire.close(CloseCode.GOING_AWAY, message)

    def _receive(self, message: str | bytes) -> None:
        client_event_id = None
        try:
            event = _parsed(message)
            self.received.append(event)
            given = event.get("event_id")
            client_event_id = given if isinstance(given, str) else None
            self._rule_of(event)(event, "")
            self._actions[event["type"]](event)
        except RealtimeError as error:
            self._wire.emit("error", error=error.body(client_event_id))

    def _rule_of(self, event: Event) -> Rule:
        if "type" not in event:
            raise missing_parameter("type")
        rule = self.rules.get(str(event["type"]))
        if rule is None:
            listed = " and ".join(f"'{kind}'" for kind in self.rules)
            message = f"Invalid value: '{event['type']}'. Supported values are: {listed}."
            raise RealtimeError("invalid_value", message, "type")
        return rule

    def _update_session(self, event: Event) -> None:
        settings = merged(self.effective, event["session"])
        check_change(
            self.effective,
            settings,
            spoken=self.items.has_assistant_audio,
            speaking=self._floor.is_answering,
        )
        if self._knobs.ignore_audio_format:
            settings["audio"]["input"]["format"] = dict(PCM_FORMAT)
            settings["audio"]["output"]["format"] = dict(PCM_FORMAT)
        self._around.settings = settings
        self._floor.configure()
        self._wire.emit("session.updated", session=settings)

    def _create_item(self, event: Event) -> None:
        item: Item = {
            "id": self._wire.new_id("item"),
            "object": "realtime.item",
            "status": "completed",
            **event["item"],
        }
        if item["type"] == "function_call":
            item.setdefault("call_id", self._wire.new_id("call"))
        self._around.announce(item, self.items.insert(item, event.get("previous_item_id")))

    def _retrieve_item(self, event: Event) -> None:
        item = self.items.retrieved(event["item_id"])
        self._wire.emit("conversation.item.retrieved", item=item)

    def _delete_item(self, event: Event) -> None:
        self.items.delete(event["item_id"])
        self._wire.emit("conversation.item.deleted", item_id=event["item_id"])

    def _truncate_item(self, event: Event) -> None:
        fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        self.items.truncate(**fields)
        self._wire.emit("conversation.item.truncated", **fields)


def _parsed(message: str | bytes) -> Event:
    if isinstance(message, bytes):
        raise RealtimeError("invalid_event", "Events are sent as text frames.")
    try:
        event = json.loads(message)
    except ValueError as error:
        raise RealtimeError("invalid_json", "The event is not valid JSON.") from error
    if not isinstance(event, dict):
        raise wrong_type("event", "an object", cast("object", event))
    return cast("Event", event)
