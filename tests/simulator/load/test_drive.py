import asyncio
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.server import ACCOUNT, SPALINE, running
from simulator.load.drive import LoadReport, remarks
from simulator.load.figures import KINDS, Figures, spread, together
from simulator.load.process import listening_on

PNG = b"\x89PNG"
SECOND = Figures(
    calls=4,
    secs=1.0,
    samples={kind: [1.0, 2.0] for kind in KINDS},
    pulses=8,
    lost=0,
    dropped=0,
    faults=0,
    generator_busy=0.1,
    server_cpu=0.2,
)


def _remarks(figures: Figures, memory_mb: float | None = 50.0) -> str:
    nothing = spread([])
    return "\n".join(remarks(LoadReport([figures], nothing, nothing, nothing, memory_mb)))


def test_the_seconds_together_are_the_whole() -> None:
    late = replace(SECOND, secs=3.0, lost=2, dropped=1, generator_busy=0.5, server_cpu=0.6)
    whole = together([SECOND, late])
    assert (whole.secs, whole.pulses, whole.lost, whole.dropped) == (4.0, 16, 2, 1)
    assert (whole.generator_busy, whole.server_cpu) == pytest.approx((0.4, 0.5))
    assert whole.round_trip.count == 4


def test_the_remarks_tell_loss_cpu_and_memory() -> None:
    text = _remarks(replace(SECOND, lost=3, dropped=1, faults=5))
    assert "3 of 8 pulses did not come back" in text
    assert "ended 1 of 4 calls" in text
    assert "ignore 5 messages" in text
    assert "used 20% of a core, 5.00% a call, and 50 MB" in text
    assert "limit" not in text


def test_a_server_elsewhere_keeps_its_cpu_to_itself() -> None:
    assert "The server used" not in _remarks(replace(SECOND, server_cpu=None), memory_mb=None)


def test_without_an_echo_nothing_is_said_of_loss() -> None:
    silent = {kind: [] if kind == "round_trip_ms" else [1.0] for kind in KINDS}
    assert "unknown" in _remarks(replace(SECOND, samples=silent, lost=8))


def test_the_generator_says_when_it_is_the_limit() -> None:
    assert "itself is the limit" in _remarks(replace(SECOND, generator_busy=0.9))
    late = {kind: [9.0] for kind in KINDS}
    assert "itself is the limit" in _remarks(replace(SECOND, samples=late))


async def test_the_server_is_found_by_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = listening_on(listener.getsockname()[1])
        assert process is not None
        assert process.pid == os.getpid()
        assert process.cpu_secs > 0
        assert process.memory_mb > 10
        assert process.open_files > 2
        assert process.threads >= 1


async def test_the_command_drives_a_running_server(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    model_url = f"ws://127.0.0.1:{port}/v1/realtime"
    async with running(SPALINE, model_url) as server:
        status, output = await _load(server.voice_url, port, tmp_path)
        refused, reason = await _load(f"{server.voice_url}/nowhere", port, tmp_path)
    assert status == 0, output
    assert "0 of" in output
    for row in ("webhook", "first word", "caller to model", "model to caller", "there and back"):
        assert row in output
    assert "The server used" in output
    assert (tmp_path / "load.png").read_bytes().startswith(PNG)
    assert refused == 1
    assert "404" in reason
    assert "Traceback" not in reason


async def _load(url: str, echo_port: int, folder: Path) -> tuple[int | None, str]:
    environment = os.environ | {
        "OPENAI_API_KEY": "sk-test",
        "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        "PUBLIC_URL": "http://127.0.0.1",
    }
    arguments = ("--calls", "2", "--seconds", "2", "--url", url, "--echo-port", str(echo_port))
    child = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("spaline")), "load", *arguments),
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await child.communicate()
    return child.returncode, output.decode()
