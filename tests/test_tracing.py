import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings, SettingsError
from tracing import set_up_tracing

ROOT = Path(__file__).parents[1]


def settings(**changes: object) -> Settings:
    values = {
        "openai_api_key": "sk-test",
        "twilio_auth_token": "a-token",
        "public_url": "https://spa.example.com",
    }
    return Settings(_env_file=None, **(values | changes))  # pyright: ignore[reportCallIssue, reportArgumentType]  pydantic-settings takes it


@pytest.mark.parametrize(
    ("changes", "traces"),
    [
        ({}, False),
        ({"otel_traces_exporter": "none"}, False),
        ({"otel_exporter_otlp_endpoint": "http://here", "otel_traces_exporter": "none"}, False),
        ({"otel_exporter_otlp_endpoint": "http://here", "otel_sdk_disabled": True}, False),
        ({"otel_exporter_otlp_endpoint": "http://here"}, True),
        ({"otel_exporter_otlp_traces_endpoint": "http://here"}, True),
        ({"otel_traces_exporter": "console"}, True),
    ],
)
def test_calls_are_traced_only_when_asked_for(changes: dict[str, object], traces: bool) -> None:
    assert settings(**changes).traces is traces


@pytest.mark.parametrize(
    ("changes", "package"),
    [
        ({"otel_exporter_otlp_protocol": "grpc"}, "opentelemetry-exporter-otlp-proto-grpc"),
        ({"otel_traces_exporter": "zipkin"}, "opentelemetry-exporter-zipkin"),
    ],
)
def test_an_exporter_that_is_missing_is_named(changes: dict[str, object], package: str) -> None:
    with pytest.raises(SettingsError, match=f"pip install {package}$"):
        set_up_tracing(settings(otel_exporter_otlp_endpoint="http://here", **changes))


START = """
import sys
for missing in {missing}:
    sys.modules[missing] = None
from cli import app
app(["serve"], prog_name="spaline")
"""


@pytest.mark.parametrize(
    ("missing", "switch", "told"),
    [
        (
            ["opentelemetry.sdk"],
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
            'traces need OpenTelemetry: pip install "spaline[tracing]"',
        ),
        (
            ["sentry_sdk"],
            {"SENTRY_DSN": "http://public@127.0.0.1:1/7"},
            'reports need its SDK: pip install "spaline[sentry]"',
        ),
        ([], {"SENTRY_DSN": "here"}, "spaline: SENTRY_DSN: "),
    ],
)
def test_a_start_without_what_is_asked_for_ends_with_the_command(
    missing: list[str], switch: dict[str, str], told: str, tmp_path: Path
) -> None:
    values = {
        "OPENAI_API_KEY": "sk-test",
        "TWILIO_AUTH_TOKEN": "a-token",
        "PUBLIC_URL": "https://spa.example.com",
        "PYTHONPATH": str(ROOT),
    }
    ended = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", START.format(missing=missing)],
        env=values | switch,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert told in ended.stderr
