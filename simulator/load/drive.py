"""`spaline load`: drives a server that runs, and says how it did."""

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import track
from rich.table import Table

from simulator.load.figures import BUSY, LATE_MS, Figures, Spread, spread, together
from simulator.load.load import PATIENCE_SECS, open_load
from simulator.load.model import LoadModel
from simulator.load.process import Process, listening_on
from simulator.webhooks import Account

SLICE_SECS = 1.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Drive:
    """What to do.

    Attributes:
        voice_url: the voice webhook, as the server was told.
        account: the account that the number belongs to.
        calls: how many at once.
        secs: how long they are measured.
        echo_port: where to play a model that echoes; 0 when the server has another one.
    """

    voice_url: str
    account: Account
    calls: int
    secs: float
    echo_port: int = 0


@dataclass(frozen=True)
class LoadReport:
    """What came of it.

    Attributes:
        slices: second by second.
        webhook: milliseconds that the webhook took.
        socket: milliseconds that the stream's socket took to open.
        first_word: milliseconds from `start` to the first audio.
        memory_mb: of the server at the end; None when it cannot be told.
    """

    slices: list[Figures]
    webhook: Spread
    socket: Spread
    first_word: Spread
    memory_mb: float | None

    @property
    def whole(self) -> Figures:
        """All the seconds as one."""
        return together(self.slices)


async def drive(plan: Drive, show: Callable[[str], None]) -> LoadReport:
    """Bring the calls in, measure them, hang up.

    Raises:
        LoadFailed: the server did not take a call.
    """
    async with AsyncExitStack() as stack:
        model = None
        if plan.echo_port:
            model = await stack.enter_async_context(LoadModel(echo=True, port=plan.echo_port))
        load = await stack.enter_async_context(open_load(plan.voice_url, plan.account, model))
        show(f"{plan.calls} callers ring in")
        await load.add(plan.calls)
        process = _server(plan.voice_url)
        show(f"all of them are heard; measuring for {plan.secs:.0f} s")
        slices = [await load.measure(SLICE_SECS, process) for _ in _progress(plan.secs)]
        return LoadReport(
            slices,
            webhook=spread([caller.webhook_ms for caller in load.callers]),
            socket=spread([caller.socket_ms for caller in load.callers]),
            first_word=spread([caller.first_word_ms for caller in load.callers]),
            memory_mb=None if process is None else process.memory_mb,
        )


def _progress(secs: float) -> Iterable[int]:
    """One for each slice of that time, with a bar where somebody looks."""
    console = Console(stderr=True)
    slices = range(max(1, round(secs / SLICE_SECS)))
    return track(slices, "", console=console, transient=True, disable=not console.is_terminal)


def _server(voice_url: str) -> Process | None:
    """The server's process, when it runs here."""
    parts = urlsplit(voice_url)
    return listening_on(parts.port or 80) if parts.hostname in LOOPBACK else None


def show_load(console: Console, report: LoadReport) -> None:
    """Print the table, and what is wrong with it."""
    whole = report.whole
    table = Table(title=f"{whole.calls} calls for {whole.secs:.0f} s", title_justify="left")
    for column in ("", "p50", "p99", "samples"):
        table.add_column(column, justify="right" if column else "left")
    for name, row in (
        ("webhook, ms", report.webhook),
        ("socket, ms", report.socket),
        ("first word, ms", report.first_word),
        ("caller to model, ms", whole.to_model),
        ("model to caller, ms", whole.to_caller),
        ("there and back, ms", whole.round_trip),
        ("generator's own lateness, ms", whole.late),
    ):
        if row.count:
            table.add_row(name, f"{row.p50:.1f}", f"{row.p99:.1f}", str(row.count))
    console.print(table)
    for line in remarks(report):
        console.print(line)


def remarks(report: LoadReport) -> list[str]:
    """What the table does not say, in sentences."""
    whole = report.whole
    lines = [_loss(whole)]
    if whole.dropped:
        lines.append(f"The server ended {whole.dropped} of {whole.calls} calls.")
    if whole.faults:
        lines.append(f"Twilio would ignore {whole.faults} messages of the server.")
    if whole.server_cpu is not None and report.memory_mb is not None:
        lines.append(
            f"The server used {whole.server_cpu:.0%} of a core, "
            f"{whole.server_cpu / whole.calls:.2%} a call, and {report.memory_mb:.0f} MB."
        )
    lines.append(f"The generator used {whole.generator_busy:.0%} of a core.")
    if whole.generator_is_limit:
        lines.append(
            f"The generator itself is the limit (frames later than {LATE_MS:g} ms, or more than "
            f"{BUSY:.0%} of a core): use fewer calls, or a quieter machine."
        )
    return lines


def _loss(whole: Figures) -> str:
    if not whole.round_trip.count:
        return "Nothing came back as it was sent: without an echo, latency and loss are unknown."
    return f"{whole.lost} of {whole.pulses} pulses did not come back within {PATIENCE_SECS:.0f} s."
