"""Transcripts of the caller's turns, before, during or after the answer: no order is promised."""

from functools import partial
from typing import Any

from simulator.realtime.items import Item
from simulator.realtime.response import Circumstances, Response
from simulator.realtime.tokens import transcription_usage

_KIND = "conversation.item.input_audio_transcription"

_UNINTELLIGIBLE = {
    "type": "transcription_error",
    "code": "audio_unintelligible",
    "message": "The audio could not be transcribed.",
    "param": None,
}


class Transcriber:
    """Sends what the agent says the caller said."""

    def __init__(self, around: Circumstances) -> None:
        self._around = around

    def transcribe(
        self, item: Item, settings: dict[str, Any] | None, response: Response | None
    ) -> None:
        """Transcribe a turn, if it is configured, at a moment relative to its response."""
        if settings is None:
            return
        around = self._around
        send = partial(self._send, item, around.items.user_turns - 1, settings.get("model"))
        moment = around.knobs.transcription
        if moment is None and around.knobs.vary:
            moment = around.wire.choices.choice(("before", "during", "after"))
        if response is None or moment == "before":
            send()
        elif moment == "during":
            response.after_first_delta.append(send)
        else:
            response.after_done.append(send)

    def _send(self, item: Item, turn: int, model: str | None) -> None:
        wire, common = self._around.wire, {"item_id": item["id"], "content_index": 0}
        transcript = self._transcript(turn)
        if transcript is None:
            wire.emit(f"{_KIND}.failed", **common, error=_UNINTELLIGIBLE)
            return
        # whisper-1 is not a streaming model.
        cut = len(transcript) if model == "whisper-1" else len(transcript) // 2
        for delta in filter(None, (transcript[:cut], transcript[cut:])):
            wire.emit(f"{_KIND}.delta", **common, delta=delta)
        item["content"][0]["transcript"] = transcript
        usage = transcription_usage(transcript, self._around.items.audio_ms(item["id"]))
        wire.emit(f"{_KIND}.completed", **common, transcript=transcript, usage=usage)

    def _transcript(self, turn: int) -> str | None:
        try:
            return self._around.agent.transcribe(turn)
        except Exception as error:
            # A bug of the agent's: the protocol goes on, the simulator raises it at its end.
            self._around.failures.append(error)
            return None
