"""Plausible token counts, from the lengths of text and audio."""

import json
from typing import Any

from simulator.realtime.items import Item, Items

_CHARACTERS_PER_TOKEN = 4
_INPUT_AUDIO_MS = 100
_OUTPUT_AUDIO_MS = 50
_CACHE_BLOCK = 64
"""The service caches a context's beginning in blocks of so many tokens."""


class OutOfTokensError(Exception):
    """The response has reached its `max_output_tokens`."""


class Budget:
    """Output tokens of one response."""

    def __init__(self, limit: int | str) -> None:
        self._limit = limit if isinstance(limit, int) else None
        self.text = 0
        self.audio = 0

    def spend(self, *, text: str = "", audio_ms: float = 0.0) -> None:
        """Count output that is about to be sent.

        Raises:
            OutOfTokensError: The limit does not allow it.
        """
        text_tokens, audio_tokens = text_tokens_of(text), round(audio_ms / _OUTPUT_AUDIO_MS)
        total = self.text + self.audio + text_tokens + audio_tokens
        if self._limit is not None and total > self._limit:
            raise OutOfTokensError
        self.text += text_tokens
        self.audio += audio_tokens


def text_tokens_of(text: str) -> int:
    """About how many tokens the text is."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


class Meter:
    """A session's usage; remembers the context that the next response finds in the cache."""

    def __init__(self) -> None:
        self._text_seen = 0
        self._audio_seen = 0

    def usage(
        self, settings: dict[str, Any], items: list[Item], store: Items, budget: Budget
    ) -> dict[str, Any]:
        """The `usage` of a response that saw these items and produced what the budget counted."""
        text = text_tokens_of(settings["instructions"] + json.dumps(settings["tools"]))
        text += sum(text_tokens_of(_text_of(item)) for item in items)
        audio = round(sum(store.audio_ms(item.get("id", "")) for item in items) / _INPUT_AUDIO_MS)
        cached_text = min(self._text_seen, text) // _CACHE_BLOCK * _CACHE_BLOCK
        cached_audio = min(self._audio_seen, audio) // _CACHE_BLOCK * _CACHE_BLOCK
        self._text_seen, self._audio_seen = text, audio
        output = budget.text + budget.audio
        return {
            "total_tokens": text + audio + output,
            "input_tokens": text + audio,
            "output_tokens": output,
            "input_token_details": {
                "text_tokens": text,
                "audio_tokens": audio,
                "image_tokens": 0,
                "cached_tokens": cached_text + cached_audio,
                "cached_tokens_details": {
                    "text_tokens": cached_text,
                    "audio_tokens": cached_audio,
                    "image_tokens": 0,
                },
            },
            "output_token_details": {"text_tokens": budget.text, "audio_tokens": budget.audio},
        }


def _text_of(item: Item) -> str:
    if item["type"] == "function_call":
        return str(item["name"]) + str(item["arguments"])
    if item["type"] == "function_call_output":
        return str(item["output"])
    return "".join(part.get("text", "") for part in item["content"])


def transcription_usage(transcript: str, audio_ms: float) -> dict[str, Any]:
    """The `usage` of a transcription."""
    audio, text = max(1, round(audio_ms / _INPUT_AUDIO_MS)), text_tokens_of(transcript)
    return {
        "type": "tokens",
        "total_tokens": audio + text,
        "input_tokens": audio,
        "input_token_details": {"text_tokens": 0, "audio_tokens": audio},
        "output_tokens": text,
    }
