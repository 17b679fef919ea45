"""Who speaks when: the caller's turns, the responses that answer them, and barge-in."""

import asyncio
import base64
import binascii
from functools import partial
from typing import Any

from simulator.realtime.audio import InputBuffer, SpeechStarted, SpeechStopped
from simulator.realtime.errors import RealtimeError
from simulator.realtime.items import Item
from simulator.realtime.response import Circumstances, Response
from simulator.realtime.settings import check_voice
from simulator.realtime.transcription import Transcriber

_SHORTEST_COMMIT_MS = 100


class Floor:
    """Holds the input buffer and the responses of a session; its methods are client events."""

    def __init__(self, around: Circumstances) -> None:
        self.appended = bytearray()
        self._around = around
        self._wire = around.wire
        self._transcriber = Transcriber(around)
        self._buffer = InputBuffer()
        self._turn_item_id: str | None = None
        self._active: Response | None = None
        self._beside: dict[str, Response] = {}
        self._idle: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.configure()

    @property
    def is_answering(self) -> bool:
        """Whether a response of the default conversation is being produced."""
        return self._active is not None

    def configure(self) -> None:
        """Take over the session's settings."""
        audio = self._around.settings["audio"]["input"]
        self._buffer.configure(audio["format"], audio["turn_detection"])

    async def leave(self) -> None:
        """Stop everything that is still going on."""
        self._stop_idle_timer()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _detection(self) -> dict[str, Any]:
        return self._around.settings["audio"]["input"]["turn_detection"] or {}

    def append_audio(self, event: dict[str, Any]) -> None:
        """`input_audio_buffer.append`: never acknowledged, but may begin or end a turn."""
        try:
            audio = base64.b64decode(event["audio"], validate=True)
        except binascii.Error as error:
            message = "Invalid 'audio'. Expected base64-encoded audio bytes."
            raise RealtimeError("invalid_value", message, "audio") from error
        self.appended += audio
        for found in self._buffer.write(audio):
            if isinstance(found, SpeechStarted):
                self._start_turn(found)
            else:
                self._stop_turn(found)

    def _start_turn(self, started: SpeechStarted) -> None:
        self._stop_idle_timer()
        self._turn_item_id = self._wire.new_id("item")
        self._wire.emit(
            "input_audio_buffer.speech_started",
            audio_start_ms=started.audio_start_ms,
            item_id=self._turn_item_id,
        )
        if self._active is not None and self._detection["interrupt_response"]:
            strays = self._around.knobs.stray_deltas
            if strays is None:
                strays = self._wire.choices.randint(0, 2) if self._around.knobs.vary else 0
            self._active.cancel("turn_detected", strays)

    def _stop_turn(self, stopped: SpeechStopped) -> None:
        item_id = self._turn_item_id or self._wire.new_id("item")
        self._wire.emit(
            "input_audio_buffer.speech_stopped", audio_end_ms=stopped.audio_end_ms, item_id=item_id
        )
        self._commit(stopped.audio, item_id, respond=self._detection["create_response"])

    def _commit(self, audio: bytes, item_id: str, *, respond: bool, spoken: bool = True) -> None:
        """Make the audio a user item, and answer it unless an answer is still going on."""
        previous = self._around.items.last_id
        self._turn_item_id = None
        self._wire.emit("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        settings = self._around.settings["audio"]["input"]
        item = self._around.items.append_turn(item_id, audio, settings["format"], spoken=spoken)
        self._around.announce(item, previous)
        response = self._response({}) if respond and self._active is None else None
        if spoken:
            self._transcriber.transcribe(item, settings["transcription"], response)
        if response is not None:
            self._start(response)

    def commit_audio(self, _event: dict[str, Any]) -> None:
        """`input_audio_buffer.commit`: a turn that the client ends."""
        buffered_ms = self._buffer.buffered_ms
        if buffered_ms < _SHORTEST_COMMIT_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms "
                f"of audio, but buffer only has {buffered_ms:.2f}ms of audio."
            )
            raise RealtimeError("input_audio_buffer_commit_empty", message)
        item_id = self._turn_item_id or self._wire.new_id("item")
        self._commit(self._buffer.take(), item_id, respond=False)

    def clear_audio(self, _event: dict[str, Any]) -> None:
        """`input_audio_buffer.clear`."""
        self._buffer.clear()
        self._turn_item_id = None
        self._wire.emit("input_audio_buffer.cleared")

    def create_response(self, event: dict[str, Any]) -> None:
        """`response.create`: one at a time in the default conversation."""
        request: dict[str, Any] = event.get("response", {})
        voice = request.get("audio", {}).get("output", {}).get("voice")
        if voice is not None:
            check_voice(self._around.settings, voice, spoken=self._around.items.has_assistant_audio)
        if request.get("conversation") != "none" and self._active is not None:
            message = (
                "Conversation already has an active response in progress: "
                f"{self._active.id}. Wait until the response is finished before creating a new one."
            )
            raise RealtimeError("conversation_already_has_active_response", message)
        self._start(self._response(request))

    def _response(self, request: dict[str, Any]) -> Response:
        return Response(self._around, request, self._visible(request))

    def _visible(self, request: dict[str, Any]) -> list[Item]:
        if "input" not in request:
            return self._around.items.order
        return [
            self._around.items.find(item["id"], "reference")
            if item["type"] == "item_reference"
            else item
            for item in request["input"]
        ]

    def _start(self, response: Response) -> None:
        self._stop_idle_timer()
        if response.in_band:
            self._active = response
            response.after_done.insert(0, self._response_ended)
        else:
            self._beside[response.id] = response
            response.after_done.insert(0, partial(self._forget, response))
        task = response.start()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget(self, response: Response) -> None:
        del self._beside[response.id]

    def _response_ended(self) -> None:
        ended, self._active = self._active, None
        idle_timeout_ms = self._detection.get("idle_timeout_ms")
        if ended is None or idle_timeout_ms is None or self._buffer.in_speech:
            return
        played_at_ms = self._buffer.written_ms + round(ended.audio_ms)
        self._idle = asyncio.get_running_loop().call_later(
            (ended.audio_ms + idle_timeout_ms) / 1000, self._time_out, played_at_ms
        )

    def _stop_idle_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _time_out(self, played_at_ms: int) -> None:
        """Nobody spoke for too long: an empty turn, so that the model asks."""
        item_id = self._wire.new_id("item")
        end_ms = self._buffer.written_ms
        self._wire.emit(
            "input_audio_buffer.timeout_triggered",
            audio_start_ms=min(played_at_ms, end_ms),
            audio_end_ms=end_ms,
            item_id=item_id,
        )
        self._commit(self._buffer.take(), item_id, respond=True, spoken=False)

    def cancel_response(self, event: dict[str, Any]) -> None:
        """`response.cancel`: the active response, or the one that is named."""
        wanted = event.get("response_id")
        response = self._beside.get(wanted, self._active) if wanted else self._active
        if response is None or wanted not in (None, response.id):
            message = "Cancellation failed: no active response found"
            raise RealtimeError("response_cancel_not_active", message)
        response.cancel("client_cancelled")
