"""The seconds of a load as a picture."""

from pathlib import Path

from matplotlib.figure import Figure

from simulator.load.drive import LoadReport


def draw(report: LoadReport, path: Path) -> None:
    """Draw latency, loss and processor time over the seconds, as PNG."""
    slices = report.slices
    seconds = list(range(1, len(slices) + 1))
    figure = Figure(figsize=(8, 8), layout="constrained")
    latency, loss, cpu = figure.subplots(3, 1, sharex=True)
    trips = [part.round_trip for part in slices]
    latency.plot(seconds, [trip.p50 for trip in trips], label="p50")
    latency.plot(seconds, [trip.p99 for trip in trips], label="p99")
    latency.set_ylabel("there and back, ms")
    latency.set_title(f"{report.whole.calls} calls")
    loss.step(seconds, [part.lost for part in slices], where="mid", label="pulses lost")
    loss.step(seconds, [part.dropped for part in slices], where="mid", label="calls dropped")
    loss.set_ylabel("number")
    busy = [part.server_cpu for part in slices]
    if None not in busy:
        cpu.plot(seconds, [(used or 0.0) * 100 for used in busy], label="server")
    cpu.plot(seconds, [part.generator_busy * 100 for part in slices], label="generator")
    cpu.set_ylabel("% of a core")
    cpu.set_xlabel("second")
    for axes in (latency, loss, cpu):
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
