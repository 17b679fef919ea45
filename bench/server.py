"""The servers under test: each in a process of its own, on a core of its own."""

import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from simulator.child import free_port, running_child
from simulator.load.process import Process, on_core
from simulator.webhooks import Account

# Twilio is played here, so its token is no secret.
ACCOUNT = Account("AC" + "0" * 32, "bench-token", "+15005550001")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Peer:
    """A way to connect the two wires.

    Attributes:
        name: in the tables.
        command: what starts it, behind the interpreter.
        environment: what it needs besides OPENAI_REALTIME_URL and PORT.
        needs: a file that is there once it is installed; None for what is always there.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict[str, str])
    needs: Path | None = None

    @property
    def is_installed(self) -> bool:
        """Whether it can be started."""
        return self.needs is None or self.needs.exists()


BRIDGE = Peer("bridge", (sys.executable, "-m", "bench.peers.bridge"))
STOCK = Peer("stock", (sys.executable, "-m", "bench.peers.stock"), {"LOGURU_LEVEL": "INFO"})
SPALINE = Peer(
    "spaline",
    (sys.executable, "-m", "cli", "serve"),
    {
        "OPENAI_API_KEY": "sk-bench",
        "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
        "SESSION_SECRET": "a secret of the bench",
        "SPA_FILE": str(ROOT / "spa.toml"),
        "LOG_LEVEL": "INFO",
        "ENVIRONMENT": "production",
        "MAX_CALLS": "1000",
        "MAX_CALLS_PER_CALLER": "0",
        "MAX_CALLS_PER_CALLER_PER_HOUR": "0",
        "MAX_CALL_TOKENS": "0",
        "MAX_CALL_COST_USD": "0",
        "DAILY_COST_LIMIT_USD": "0",
        # The callers of the bench say nothing for minutes.
        "SILENCE_SECONDS": "3000",
        "MAX_CALL_SECONDS": "3500",
    },
)
JS_FOLDER = ROOT / "bench" / "peers" / "js"
OPENAI_JS = Peer(
    "openai-js",
    ("node", str(JS_FOLDER / "agent.mjs")),
    # Its errors may hold a whole message of the line.
    {"OPENAI_AGENTS_DONT_LOG_MODEL_DATA": "1", "OPENAI_AGENTS_DISABLE_TRACING": "1"},
    needs=JS_FOLDER / "node_modules" / ".ready",
)
PEERS = (BRIDGE, STOCK, OPENAI_JS, SPALINE)


@dataclass(frozen=True)
class Server:
    """A peer that runs.

    Attributes:
        peer: which it is.
        voice_url: its webhook.
        process: what it uses.
    """

    peer: Peer
    voice_url: str
    process: Process


@asynccontextmanager
async def running(peer: Peer, model_url: str, core: int | None = None) -> AsyncGenerator[Server]:
    """A peer on one core, ready for calls.

    Raises:
        ServerFailed: it did not start.
    """
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | peer.environment
        environment |= {
            "OPENAI_REALTIME_URL": model_url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PUBLIC_URL": origin,
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bench.db",
        }
        async with AsyncExitStack() as stack:
            with on_core(core):
                child = running_child(
                    peer.command, environment, origin, Path(folder) / "server.log"
                )
                pid = await stack.enter_async_context(child)
            yield Server(peer, f"{origin}/voice", Process(pid))
