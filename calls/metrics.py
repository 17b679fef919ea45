"""What calls come to, as Prometheus counts it: one registry a process, no numbers, no words."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from calls.entries import Entry, ModelUse, ToolUse, Turn
from calls.lines import Refusal
from calls.trouble import ModelTrouble

LATENCY_SECS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Up to a second an answer feels prompt; after three, callers ask whether somebody is there."""

FIRST_WORD_SECS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Milliseconds where the phone rang long enough to get ready, up to a second where not."""

TOOL_SECS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_RESULTS = {True: "ok", False: "refused", None: "failed"}

LAG_SECS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)


class CallMetrics:
    """Counts; every name of ours begins with `spaline_`."""

    def __init__(self) -> None:
        """Begin at nothing, as every process does."""
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        counter = partial(Counter, namespace="spaline", registry=registry)
        gauge = partial(Gauge, namespace="spaline", registry=registry)
        histogram = partial(Histogram, namespace="spaline", registry=registry)
        self._ended = counter("calls", "Calls that came to an end here.", ["outcome"])
        self._refused = counter("calls_refused", "Calls that were never let in.", ["reason"])
        self._lines = gauge("lines", "Calls that ring or are talked on, and the most.", ["of"])
        self._first_words = histogram(
            "first_word_seconds",
            "From the start of the stream to the first audio for the caller.",
            buckets=FIRST_WORD_SECS,
        )
        self._turns = histogram(
            "turn_latency_seconds",
            "From the end of the caller's turn to the first audio of the answer.",
            buckets=LATENCY_SECS,
        )
        self._tools = counter("tools", "Tool calls, by what came of them.", ["tool", "result"])
        self._tool_secs = histogram(
            "tool_seconds", "How long tools took.", ["tool"], buckets=TOOL_SECS
        )
        self._trouble = counter("model_errors", "What went wrong with the model.", ["kind"])
        self._tokens = counter("model_tokens", "Tokens of the models.", ["model", "kind"])
        self._cost = counter("model_cost_dollars", "US dollars, where prices are known.", ["model"])
        self._texts = gauge("texts_owed", "Texts that are not sent yet, or failed.", ["status"])
        self._lag = histogram(
            "loop_lag_seconds", "How late the event loop wakes whoever sleeps.", buckets=LAG_SECS
        )
        # What has never happened is 0 and not unknown: an alarm can be set on its first time.
        for reason in Refusal:
            self._refused.labels(reason.name.lower())
        for kind in ModelTrouble:
            self._trouble.labels(kind)

    def ended(self, outcome: str, reason: str | None) -> None:
        """A call came to an end; only of one that was refused the reason is counted."""
        self._ended.labels(outcome).inc()
        if reason in set(Refusal):
            self._refused.labels(Refusal(reason).name.lower()).inc()

    def first_word(self, secs: float) -> None:
        """A caller heard the first word so long after the stream had started."""
        self._first_words.observe(secs)

    def trouble(self, kind: ModelTrouble) -> None:
        """Something was wrong with the model in a call."""
        self._trouble.labels(kind).inc()

    def happened(self, entry: Entry) -> None:
        """Something happened in a call."""
        match entry:
            case Turn(latency_ms=int() as latency_ms):
                self._turns.observe(latency_ms / 1000)
            case ToolUse(duration_ms=int() as duration_ms):
                self._tools.labels(entry.name, _RESULTS[entry.ok]).inc()
                self._tool_secs.labels(entry.name).observe(duration_ms / 1000)
            case ToolUse():
                self._tools.labels(entry.name, "unanswered").inc()
            case ModelUse():
                self._use(entry)
            case _:
                pass

    def lagged(self, secs: float) -> None:
        """The event loop was so late."""
        self._lag.observe(secs)

    def exposition(self, lines: Mapping[str, int], texts: Mapping[str, int]) -> bytes:
        """Everything in the text format of Prometheus.

        Args:
            lines: how many calls there are (`taken`) and may be (`most`).
            texts: how many texts are in each status that is no end.
        """
        for gauge, values in ((self._lines, lines), (self._texts, texts)):
            for label, count in values.items():
                gauge.labels(label).set(count)
        return generate_latest(self._registry)

    def _use(self, use: ModelUse) -> None:
        for kind, count in asdict(use.tokens).items():
            self._tokens.labels(use.model, kind).inc(count)
        self._cost.labels(use.model).inc((use.cost_microdollars or 0) / 1_000_000)
