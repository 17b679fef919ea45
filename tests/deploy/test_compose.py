"""Compose: two replicas, one database, a proxy, and a schema that is there before them."""

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from tests.deploy.product import DEPLOY, SHARED, read_yaml, settings_of, stop_secs, unknown

REPLICAS = ("one", "two")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return read_yaml(DEPLOY / "compose.yaml")


def test_it_is_a_compose_file(compose: dict[str, Any]) -> None:
    schemas = files("check_jsonschema.builtin_schemas") / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.validate(compose, schema)
    compose["services"]["one"] |= {"stop_grace_periods": "1s"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(compose, schema)
    del compose["services"]["one"]["stop_grace_periods"]


def test_replicas_are_given_the_time_that_they_take_to_stop(compose: dict[str, Any]) -> None:
    for name in REPLICAS:
        service = compose["services"][name]
        settings = settings_of({"PORT": service["environment"]["PORT"]})
        assert service["stop_grace_period"] == f"{stop_secs(settings):.0f}s"


def test_replicas_share_the_database_and_the_secret(compose: dict[str, Any]) -> None:
    one, two = (compose["services"][name] for name in REPLICAS)
    assert one["environment"] == two["environment"]
    assert set(one["environment"]) >= SHARED
    assert unknown(one["environment"]) == set()
    url = one["environment"]["DATABASE_URL"]
    filled = re.sub(r"\$\{[^}]*\}", "secret", url)
    assert settings_of({"DATABASE_URL": filled}).database_url == filled
    assert "@postgres/" in url


def test_migrations_run_once_when_the_database_is_well(compose: dict[str, Any]) -> None:
    services = compose["services"]
    migrate = services["migrate"]
    assert migrate["command"] == ["spaline", "migrate"]
    assert migrate["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert migrate["environment"] == services["one"]["environment"]
    assert "pg_isready" in services["postgres"]["healthcheck"]["test"][-1]
    for name in REPLICAS:
        done = {"condition": "service_completed_successfully"}
        assert services[name]["depends_on"]["migrate"] == done


def test_the_proxy_knows_the_replicas_by_name_and_port(compose: dict[str, Any]) -> None:
    caddyfile = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    port = settings_of().port
    named = set(re.findall(r"\{\$REPLICA_\d:([^}]+)\}", caddyfile))
    assert named == {f"{name}:{port}" for name in REPLICAS}
    assert compose["services"]["one"]["environment"]["PORT"] == str(port)
    assert set(compose["services"]["caddy"]["environment"]) == {"PUBLIC_URL"}


def test_no_secret_stands_in_the_file() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    for line in text.splitlines():
        assert not re.search(r"(KEY|TOKEN|SECRET|PASSWORD): (?!\$\{)", line), line
