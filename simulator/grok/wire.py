"""What the engine says, as Grok says it."""

from collections import defaultdict
from typing import Any

from simulator.realtime.wire import Wire

_TRANSCRIPTION = "conversation.item.input_audio_transcription"

_NEVER_SENT = ("conversation.item.done", "rate_limits.updated", f"{_TRANSCRIPTION}.failed")
"""Events of OpenAI's that Grok does not have."""

_RESPONSE = ("id", "object", "status", "status_details", "output", "metadata")
_USAGE = ("input_tokens", "output_tokens", "total_tokens")


class GrokWire(Wire):
    """Sends events in the shapes of Grok's reference.

    Attributes:
        streams_transcripts: whether the caller's words are told as they become known.
    """

    pads = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.streams_transcripts = False
        self._transcripts = defaultdict[str, str](str)

    def emit(self, kind: str, **fields: Any) -> None:
        """Send one event, if Grok has it."""
        if kind in _NEVER_SENT:
            return
        if kind == f"{_TRANSCRIPTION}.delta":
            self._update_transcript(**fields)
        elif kind == f"{_TRANSCRIPTION}.completed":
            super().emit(kind, item_id=fields["item_id"], transcript=fields["transcript"])
        elif kind in ("response.created", "response.done"):
            super().emit(kind, **_response(fields["response"]))
        elif kind == "error":
            super().emit(kind, error=_error(fields["error"]))
        else:
            super().emit(kind, **fields)

    def _update_transcript(self, *, item_id: str, delta: str, **_: Any) -> None:
        """All of the caller's words so far: what OpenAI sends piece by piece."""
        self._transcripts[item_id] += delta
        if self.streams_transcripts:
            transcript = self._transcripts[item_id]
            super().emit(f"{_TRANSCRIPTION}.updated", item_id=item_id, transcript=transcript)


def _response(body: dict[str, Any]) -> dict[str, Any]:
    response = {name: body[name] for name in _RESPONSE}
    if body["usage"] is None:
        return {"response": response}
    usage = {name: body["usage"][name] for name in _USAGE}
    return {"response": response | {"usage": usage}, "usage": usage}


def _error(body: dict[str, Any]) -> dict[str, Any]:
    """Grok's codes are its own and not published, so a client does without them."""
    kind = "max_duration" if body["code"] == "session_expired" else body["type"]
    return body | {"type": kind, "code": None}
