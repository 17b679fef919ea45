"""What Pipecat tells of a model's use, priced. Pure."""

from datetime import datetime
from typing import Protocol

from pipecat.frames.frames import MetricsFrame
from pipecat.metrics.metrics import LLMTokenUsage, LLMUsageMetricsData, STTUsageMetricsData

from calls.entries import ModelUse, Tokens


class PriceList(Protocol):
    """What models cost, in microdollars; None where nobody knows."""

    def of_tokens(self, model: str, tokens: Tokens) -> int | None:
        """A response."""
        ...

    def of_audio(self, model: str, secs: float) -> int | None:
        """A transcription."""
        ...


def model_uses(frame: MetricsFrame, prices: PriceList, at: datetime) -> list[ModelUse]:
    """What models were used for, as far as the frame tells of it."""
    uses: list[ModelUse] = []
    for data in frame.data:
        model = data.model or ""
        if isinstance(data, LLMUsageMetricsData):
            tokens = _tokens(data.value)
            cost = prices.of_tokens(model, tokens)
            uses.append(ModelUse(at, model, tokens, cost_microdollars=cost))
        elif isinstance(data, STTUsageMetricsData):
            secs = data.value.audio_seconds
            cost = prices.of_audio(model, secs)
            uses.append(ModelUse(at, model, heard_secs=secs, cost_microdollars=cost))
    return uses


def _tokens(usage: LLMTokenUsage) -> Tokens:
    """Pipecat's counts, which hold the cached ones twice, by what each is priced."""
    audio, cached_audio = usage.input_audio_tokens or 0, usage.cache_read_input_audio_tokens or 0
    cached_text = (usage.cache_read_input_tokens or 0) - cached_audio
    audio_out = usage.output_audio_tokens or 0
    return Tokens(
        text_in=usage.prompt_tokens - audio - cached_text,
        audio_in=audio - cached_audio,
        cached_text_in=cached_text,
        cached_audio_in=cached_audio,
        text_out=usage.completion_tokens - audio_out,
        audio_out=audio_out,
    )
