"""Kubernetes: every object fits its schema, and says what the product says."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from calls.metrics import CallMetrics
from tests.deploy.product import (
    DEPLOY,
    NEEDED,
    SHARED,
    paths,
    read_yaml,
    settings_of,
    stop_secs,
    unknown,
)

FOLDER = DEPLOY / "kubernetes"
VERSIONS = ("1.30", "1.36")


def objects(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def everything() -> dict[tuple[str, str], dict[str, Any]]:
    names = [*read_yaml(FOLDER / "kustomization.yaml")["resources"], "secret.example.yaml"]
    found = [one for name in names for one in objects(FOLDER / name)]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def values() -> dict[str, str]:
    """What the config map holds."""
    (made,) = read_yaml(FOLDER / "kustomization.yaml")["configMapGenerator"]
    assert made["name"] == "spaline"
    return dict(literal.split("=", 1) for literal in made["literals"])


def pod() -> dict[str, Any]:
    return everything()["Deployment", "spaline"]["spec"]["template"]["spec"]


def container() -> dict[str, Any]:
    (one,) = pod()["containers"]
    return one


@pytest.mark.parametrize("kubernetes", VERSIONS)
def test_every_object_fits_its_schema(kubernetes: str) -> None:
    for one in everything().values():
        kubernetes_validate.validate(one, kubernetes, strict=True)
    wrong = everything()["Deployment", "spaline"]
    wrong["spec"]["template"]["spec"]["terminationGracePeriod"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes, strict=True)


def test_every_file_of_the_folder_is_named() -> None:
    named = {*read_yaml(FOLDER / "kustomization.yaml")["resources"]}
    there = {path.name for path in FOLDER.glob("*.yaml")}
    assert there - {"secret.yaml"} == named | {"kustomization.yaml", "secret.example.yaml"}


def test_a_pod_is_given_the_time_that_it_takes_to_stop() -> None:
    pause = container()["lifecycle"]["preStop"]["exec"]["command"]
    assert pause[0] == "sleep"
    settings = settings_of(values())
    assert pod()["terminationGracePeriodSeconds"] == int(pause[1]) + stop_secs(settings)
    assert settings.drain_seconds == settings.max_call_seconds


def test_the_probes_ask_what_there_is_and_a_full_replica_is_left_alive() -> None:
    found = container()
    (port,) = found["ports"]
    assert port["containerPort"] == settings_of(values()).port
    asked = {
        kind: found[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert {one["path"] for one in asked.values()} <= paths()
    assert {one["port"] for one in asked.values()} == {port["name"]}
    assert asked["livenessProbe"]["path"] == asked["startupProbe"]["path"] == "/health"
    assert asked["readinessProbe"]["path"] == "/ready"


def test_new_calls_go_to_who_is_ready_and_all_else_to_who_is_alive() -> None:
    found = everything()
    (rule,) = found["Ingress", "spaline"]["spec"]["rules"]
    to = {
        (path["path"], path["pathType"]): path["backend"]["service"]["name"]
        for path in rule["http"]["paths"]
    }
    assert to == {("/voice", "Exact"): "spaline-new-calls", ("/", "Prefix"): "spaline"}
    assert found["Service", "spaline"]["spec"]["publishNotReadyAddresses"] is True
    assert "publishNotReadyAddresses" not in found["Service", "spaline-new-calls"]["spec"]
    assert f"https://{rule['host']}" == values()["PUBLIC_URL"]


def test_the_settings_are_ours_and_whole() -> None:
    secret = set(everything()["Secret", "spaline"]["stringData"])
    names = set(values()) | secret
    assert unknown(names) == set()
    assert set(NEEDED) | SHARED <= names
    assert set(values()).isdisjoint(secret)


def test_every_pod_of_the_deployment_is_meant_by_the_others() -> None:
    found = everything()
    labels = found["Deployment", "spaline"]["spec"]["template"]["metadata"]["labels"]
    selectors = [
        found["Service", "spaline"]["spec"]["selector"],
        found["Service", "spaline-new-calls"]["spec"]["selector"],
        found["PodDisruptionBudget", "spaline"]["spec"]["selector"]["matchLabels"],
        found["Deployment", "spaline"]["spec"]["selector"]["matchLabels"],
    ]
    assert all(selector == labels for selector in selectors)
    target = found["HorizontalPodAutoscaler", "spaline"]["spec"]["scaleTargetRef"]
    assert ("Deployment", target["name"]) == (target["kind"], "spaline")
    assert "replicas" not in found["Deployment", "spaline"]["spec"]


def test_the_autoscaler_counts_active_calls_by_their_real_name() -> None:
    spec = everything()["HorizontalPodAutoscaler", "spaline"]["spec"]
    (metric,) = spec["metrics"]
    name, settings = metric["pods"]["metric"]["name"], settings_of(values())
    told = CallMetrics().exposition({"taken": 7, "most": settings.max_calls}, {}).decode()
    assert f'{name}{{of="taken"}} 7.0' in told
    assert metric["pods"]["metric"]["selector"]["matchLabels"] == {"of": "taken"}
    assert int(metric["pods"]["target"]["averageValue"]) == settings.max_calls * 6 // 10
    calm = spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"]
    assert calm == settings.max_call_seconds
    (rule,) = read_yaml(FOLDER / "metrics" / "prometheus-adapter-values.yaml")["rules"]["custom"]
    assert rule["name"] == {"matches": name, "as": name}
    assert rule["seriesQuery"].startswith(f"{name}{{")


def test_prometheus_asks_each_pod_with_the_token() -> None:
    spec = read_yaml(FOLDER / "metrics" / "pod-monitor.yaml")["spec"]
    (endpoint,) = spec["podMetricsEndpoints"]
    assert endpoint["path"] in paths()
    token = endpoint["authorization"]["credentials"]
    assert token["key"] in everything()["Secret", token["name"]]["stringData"]
    (pair,) = read_yaml(FOLDER / "kustomization.yaml")["labels"]
    assert spec["selector"]["matchLabels"] == pair["pairs"]


def test_the_image_has_the_version_of_the_project() -> None:
    (image,) = read_yaml(FOLDER / "kustomization.yaml")["images"]
    assert image["newTag"] == version("spaline")
    assert {one["image"] for one in (*pod()["initContainers"], container())} == {image["name"]}
