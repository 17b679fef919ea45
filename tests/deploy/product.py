"""What the files in `deploy/` have to agree with."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from starlette.routing import Route

from drain import HAND_OVER_SECS
from server import LAST_SECS, build_app
from settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
NEEDED = {
    "OPENAI_API_KEY": "sk-test",
    "TWILIO_AUTH_TOKEN": "token",
    "PUBLIC_URL": "https://spa.example.com",
}
"""What production does not start without."""

SHARED = {"DATABASE_URL", "SESSION_SECRET"}
"""What replicas have in common."""


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def settings_of(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a process in production with that environment."""
    given = NEEDED | {"ENVIRONMENT": "production"} | dict(environment or {})
    values: dict[str, Any] = {name.lower(): value for name, value in given.items()}
    values["_env_file"] = None
    return Settings(**values)


def unknown(names: Iterable[str]) -> set[str]:
    """Those that are no setting of ours."""
    return set(names) - {field.upper() for field in Settings.model_fields}


def paths() -> set[str]:
    """What can be asked with GET."""
    app = build_app(settings_of({"SESSION_SECRET": "a secret of the tests"}))
    return {
        route.path
        for route in app.routes
        if isinstance(route, Route) and "GET" in (route.methods or set())
    }


def stop_secs(settings: Settings) -> float:
    """How long a process may take from SIGTERM to its end."""
    return settings.drain_seconds + HAND_OVER_SECS + LAST_SECS
