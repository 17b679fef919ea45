"""`make deploy-check`: Docker Compose and kubectl themselves read the files, as their users would.

Neither needs an engine or a cluster for that. They are too large for every `make setup`, so they
are in the environment of `make audit`.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.product import DEPLOY, ROOT, settings_of
from tests.deploy.test_kubernetes import VERSIONS

TOOLS = ROOT / ".venv-audit"
(COMPOSE,) = TOOLS.glob("lib/python*/site-packages/compose/docker-compose")
KUBECTL = TOOLS / "bin" / "kubectl"

ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-test",
    "TWILIO_AUTH_TOKEN": "token",
    "PUBLIC_URL": "https://spa.example.com",
    "SESSION_SECRET": "0123456789abcdef0123456789abcdef",
    "POSTGRES_PASSWORD": "secret",
}
"""What the page about deploying asks for."""


def told(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  locked tools


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The project as Compose wants it, without a `.env`."""
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    for name in ("Dockerfile", "spa.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def compose(checkout: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What Compose makes of the file, with the example's `.env` filled in."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    filled = "\n".join(f"{name}={value}" for name, value in environment.items())
    (checkout / ".env").write_text(f"{example}\n{filled}\n", encoding="utf-8")
    files = ("--env-file", ".env", "-f", "deploy/compose.yaml")
    return told(COMPOSE, *files, "config", "--format", "json", folder=checkout)


def test_compose_understands_the_file_and_replicas_get_what_they_need(checkout: Path) -> None:
    done = compose(checkout, ENVIRONMENT)
    assert (done.returncode, done.stderr) == (0, "")
    services: dict[str, Any] = json.loads(done.stdout)["services"]
    assert set(services) == {"caddy", "migrate", "one", "two", "postgres"}
    one, two = services["one"], services["two"]
    assert one == two
    assert one["build"]["context"] == str(checkout)
    ours = {name: value for name, value in one["environment"].items() if value}
    settings = settings_of({name: ours[name] for name in ours if name != "POSTGRES_PASSWORD"})
    assert settings.database_url == "postgresql+asyncpg://spaline:secret@postgres/spaline"
    sources = [mount["source"] for mount in one["volumes"] if mount["type"] == "bind"]
    assert [Path(source).is_file() for source in sources] == [True]
    (caddyfile,) = (mount for mount in services["caddy"]["volumes"] if mount["type"] == "bind")
    assert Path(caddyfile["source"]).is_file()


@pytest.mark.parametrize("name", ["POSTGRES_PASSWORD", "SESSION_SECRET"])
def test_compose_refuses_what_is_missing_by_its_name(checkout: Path, name: str) -> None:
    done = compose(checkout, {key: value for key, value in ENVIRONMENT.items() if key != name})
    assert done.returncode != 0
    assert f"required variable {name} is missing a value: is missing in .env" in done.stderr


def built() -> list[dict[str, Any]]:
    """The objects that `kubectl apply --kustomize deploy/kubernetes` would send."""
    done = told(KUBECTL, "kustomize", "deploy/kubernetes", folder=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    return list(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_kustomize_builds_fits_the_schema_of_kubernetes(version: str) -> None:
    objects = built()
    for one in objects:
        kubernetes_validate.validate(one, version, strict=True)
    assert {one["kind"] for one in objects} == {
        *("ConfigMap", "Deployment", "Service", "Ingress"),
        *("PodDisruptionBudget", "HorizontalPodAutoscaler"),
    }


def test_kustomize_puts_the_names_in_that_it_makes() -> None:
    objects = {one["kind"]: one for one in built()}
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["image"].startswith("registry.example.com/spaline:")
        named = {
            source["configMapRef"]["name"]
            for source in container["envFrom"]
            if "configMapRef" in source
        }
        assert named == {objects["ConfigMap"]["metadata"]["name"]}


def test_the_config_map_of_the_page_is_the_one_that_pods_mount() -> None:
    make = ("create", "configmap", "spaline-spa", "--from-file", "spa.toml")
    done = told(KUBECTL, *make, "--dry-run=client", "--output", "json", folder=ROOT)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    (deployment,) = (one for one in built() if one["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (volume,) = (one for one in pod["volumes"] if "configMap" in one)
    assert volume["configMap"]["name"] == made["metadata"]["name"]
    (mount,) = (
        one for one in pod["containers"][0]["volumeMounts"] if one["name"] == volume["name"]
    )
    (path,) = (one["value"] for one in pod["containers"][0]["env"] if one["name"] == "SPA_FILE")
    assert path in {f"{mount['mountPath']}/{name}" for name in made["data"]}
