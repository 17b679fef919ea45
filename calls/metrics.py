"""What calls come to, as Prometheus counts it: one registry a process, no numbers, no words."""

from collections.abc import Mapping
from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from calls.entries import Entry, ModelUse, ToolUse, Turn

LATENCY_SECS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Up to a second an answer feels prompt; after three, callers ask whether somebody is there."""

TOOL_SECS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
LAG_SECS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)


class CallMetrics:
    """Counts; every name begins with `spaline_`."""

    def __init__(self) -> None:
        """Begin at nothing, as every process does."""
        self._registry = registry = CollectorRegistry()
        self._ended = Counter(
            "spaline_calls", "Calls that came to an end here.", ["outcome"], registry=registry
        )
        self._lines = Gauge(
            "spaline_lines", "Calls that ring or are talked on, and the most.", ["of"],
            registry=registry,
        )  # fmt: skip
        self._turns = Histogram(
            "spaline_turn_latency_seconds",
            "From the end of the caller's turn to the first audio of the answer.",
            registry=registry,
            buckets=LATENCY_SECS,
        )
        self._tools = Histogram(
            "spaline_tool_seconds",
            "How long tools took.",
            ["tool", "result"],
            registry=registry,
            buckets=TOOL_SECS,
        )
        self._tokens = Counter(
            "spaline_model_tokens", "Tokens of the models.", ["model", "kind"], registry=registry
        )
        self._cost = Counter(
            "spaline_model_cost_dollars", "US dollars, as far as prices are known.", ["model"],
            registry=registry,
        )  # fmt: skip
        self._texts = Gauge(
            "spaline_texts_owed", "Texts that are not sent yet, or failed.", ["status"],
            registry=registry,
        )  # fmt: skip
        self._lag = Histogram(
            "spaline_loop_lag_seconds",
            "How late the event loop wakes whoever sleeps.",
            registry=registry,
            buckets=LAG_SECS,
        )

    def ended(self, outcome: str) -> None:
        """A call came to an end."""
        self._ended.labels(outcome).inc()

    def happened(self, entry: Entry) -> None:
        """Something happened in a call."""
        match entry:
            case Turn(latency_ms=int() as latency_ms):
                self._turns.observe(latency_ms / 1000)
            case ToolUse(duration_ms=int() as duration_ms):
                result = "ok" if entry.ok else "refused"
                self._tools.labels(entry.name, result).observe(duration_ms / 1000)
            case ToolUse():
                self._tools.labels(entry.name, "unanswered").observe(0)
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
