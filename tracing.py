"""One trace a call, sent where OpenTelemetry's own environment variables say.

The spans are Pipecat's, and those of `processors.call_trace`.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from loguru import logger
from pipecat.utils.tracing.setup import (
    is_tracing_available,
    setup_tracing,  # pyright: ignore[reportUnknownVariableType]  not annotated
)

from settings import Settings, SettingsError, hand_on_otel

if TYPE_CHECKING or is_tracing_available():
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Status
    from opentelemetry.util.types import AnyValue

WORDLESS = frozenset(
    {
        "conversation.id",
        "conversation.type",
        "exception.type",
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.tool.call.id",
        "gen_ai.tool.name",
        "response.id",
        "response.status",
        "service.operation",
        "spaline.result",
        "turn.type",
    }
)
"""Attributes that are text and hold nothing that anybody said; what is none of them is left out."""


class WordlessExporter:
    """Sends spans on by another exporter, without speech, numbers of callers and tool arguments."""

    def __init__(self, exporter: "SpanExporter") -> None:
        """Send by that exporter."""
        self._exporter = exporter

    def export(self, spans: "Sequence[ReadableSpan]") -> "SpanExportResult":
        """Send what may be sent."""
        return self._exporter.export([_wordless(span) for span in spans])

    def shutdown(self) -> None:
        """Send no more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._exporter.force_flush(timeout_millis)


def set_up_tracing(settings: Settings) -> None:
    """Trace the calls of this process, if OTEL_* variables ask for it.

    Raises:
        SettingsError: what they ask for is not installed.
    """
    if not settings.traces:
        return
    if not is_tracing_available():
        raise SettingsError('OTEL_*: traces need OpenTelemetry: pip install "spaline[tracing]"')
    name = settings.trace_exporter
    found = next(iter(entry_points(group="opentelemetry_traces_exporter", name=name)), None)
    if found is None:
        package = f"opentelemetry-exporter-{name.replace('_', '-')}"
        raise SettingsError(f"OTEL_*: no exporter {name} is installed: pip install {package}")
    hand_on_otel()
    exporter: SpanExporter = found.load()()
    setup_tracing(
        settings.otel_service_name,
        exporter if settings.logs_speech else WordlessExporter(exporter),
    )
    logger.info("Calls are traced by OpenTelemetry, exporter {}", name)


def _wordless(span: "ReadableSpan") -> "ReadableSpan":
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_kept(span.attributes or {}),
        events=[
            Event(event.name, _kept(event.attributes or {}), event.timestamp)
            for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kept(attributes: "Mapping[str, AnyValue]") -> "dict[str, AnyValue]":
    return {
        name: value
        for name, value in attributes.items()
        if name in WORDLESS or isinstance(value, (bool, int, float))
    }
