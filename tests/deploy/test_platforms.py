"""Render, Fly and Pipecat Cloud are told what the product does."""

import re
from pathlib import Path

import pytest
from pipecatcloud._utils.deploy_utils import load_deploy_config_file

from tests.deploy.product import (
    DEPLOY,
    NEEDED,
    ROOT,
    SHARED,
    paths,
    read_toml,
    read_yaml,
    settings_of,
    stop_secs,
    unknown,
)

MOST_SECS = 300
"""How long Render and Fly wait at most before they kill."""


def test_render_waits_as_long_as_a_process_takes_to_stop() -> None:
    (service,) = read_yaml(ROOT / "render.yaml")["services"]
    values = {one["key"]: one["value"] for one in service["envVars"] if "value" in one}
    assert service["maxShutdownDelaySeconds"] == stop_secs(settings_of(values)) == MOST_SECS
    assert service["healthCheckPath"] in paths()
    assert (service["type"], service["runtime"]) == ("web", "docker")
    assert (ROOT / service["dockerfilePath"]).is_file()
    assert service["preDeployCommand"] == "spaline migrate"


def test_render_asks_for_secrets_and_has_none() -> None:
    blueprint = read_yaml(ROOT / "render.yaml")
    (service,), (database,) = blueprint["services"], blueprint["databases"]
    given = {one.pop("key"): one for one in service["envVars"]}
    assert unknown(given) == set()
    assert set(NEEDED) | SHARED <= set(given)
    by_hand = {name for name, how in given.items() if how == {"sync": False}}
    assert set(NEEDED) <= by_hand
    assert {name for name, how in given.items() if "value" in how} == {"DRAIN_SECONDS"}
    assert given["SESSION_SECRET"] == {"generateValue": True}
    source = {"name": database["name"], "property": "connectionString"}
    assert given["DATABASE_URL"] == {"fromDatabase": source}


def test_fly_waits_as_long_as_a_process_takes_to_stop() -> None:
    fly = read_toml(DEPLOY / "fly" / "fly.toml")
    assert unknown(fly["env"]) == set()
    assert fly["kill_timeout"] == stop_secs(settings_of(fly["env"])) == MOST_SECS
    assert fly["kill_signal"] == "SIGTERM"
    assert fly["deploy"]["release_command"] == "spaline migrate"


def test_fly_reaches_the_process_and_lets_webhooks_through_when_its_lines_are_taken() -> None:
    fly = read_toml(DEPLOY / "fly" / "fly.toml")
    service, settings = fly["http_service"], settings_of(fly["env"])
    assert service["internal_port"] == settings.port
    assert {check["path"] for check in service["checks"]} <= paths()
    assert service["concurrency"]["soft_limit"] == settings.max_calls
    assert service["concurrency"]["hard_limit"] >= 2 * settings.max_calls
    assert service["auto_stop_machines"] == "off"


def test_pipecat_cloud_itself_reads_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # as whoever deploys
    config = load_deploy_config_file()
    assert config is not None
    assert (config.agent_name, config.secret_set) == ("spaline", "spaline-secrets")
    assert config.max_session_duration is not None
    assert config.max_session_duration > settings_of().max_call_seconds
    assert config.scaling.min_agents == 1
    assert (ROOT / config.build_config.dockerfile).is_file()


def copied(dockerfile: Path) -> set[str]:
    text = dockerfile.read_text(encoding="utf-8")
    return {word for line in re.findall(r"^COPY (?!--)(.+)$", text, re.M) for word in line.split()}


def test_the_image_for_pipecat_cloud_holds_what_a_call_needs() -> None:
    left_out = {"requirements.lock", "pyproject.toml", "README.md", "LICENSE", "simulator", "./"}
    ours, theirs = copied(ROOT / "Dockerfile"), copied(DEPLOY / "pipecat-cloud" / "Dockerfile")
    assert theirs - left_out == ours - left_out
