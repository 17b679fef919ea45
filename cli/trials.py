"""`spaline`: calls that no customer makes, to look, to show, to repeat and to measure."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.console import examples, failed, settings_or_exit

app = typer.Typer()


@app.command("doctor", epilog=examples("doctor", "doctor --fix"))
def look(
    fix: Annotated[bool, typer.Option("--fix", help="Set the number up at Twilio.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON lines.")] = False,
) -> None:
    """Look at everything a call needs, call ourselves once, and say how to mend what is wrong."""
    from doctor.report import report

    if not asyncio.run(report(typer.echo, fix=fix, as_json=as_json)):
        raise typer.Exit(1)


@app.command(epilog=examples("demo", "demo --phone --scenario barge_in"))
def demo(
    phone: Annotated[bool, typer.Option("--phone", help="Call yourself, from a browser.")] = False,
    scenario: Annotated[
        str, typer.Option(help="What the model plays then: a name or a .yaml file.")
    ] = "book",
    port: Annotated[int, typer.Option(help="Of the browser phone.")] = 8000,
) -> None:
    """Let three callers ring in, without keys and without a phone; or call from a browser."""
    from simulator.browser_demo import serve_phone
    from simulator.demo import play

    raise typer.Exit(asyncio.run(serve_phone(scenario, port) if phone else play()))


@app.command(epilog=examples("replay captures/CA00000000000000000000000000000001.jsonl"))
def replay(
    file: Annotated[Path, typer.Argument(help="A capture, as CAPTURE_CALLS=true makes them.")],
    spa_file: Annotated[Path, typer.Option(help="The spa of the capture.")] = Path("spa.toml"),
) -> None:
    """Play a captured call against today's code; exit code 1 if anything we send has changed."""
    from calls.logs import set_up_logs

    # Before Pipecat is imported, which already logs a line.
    set_up_logs("ERROR", json=False, speech=False)
    from booking.catalog import CatalogError
    from replay.captured import NoCapture, read_captured
    from replay.compare import differences
    from replay.play import play

    try:
        captured = read_captured(file)
        found = differences(captured, play(captured, spa_file))
    except (NoCapture, CatalogError) as error:
        raise failed(error, code=2) from error
    for line in found:
        typer.echo(line)
    sent = sum(row.way == "out" for row in captured.rows)
    typer.echo("It differs." if found else f"Nothing differs in {sent} messages that we send.")
    raise typer.Exit(1 if found else 0)


@app.command(epilog=examples("load --calls 20", "load --calls 50 --seconds 30 --echo-port 9000"))
def load(
    count: Annotated[int, typer.Option("--calls", min=1, help="How many calls at once.")],
    seconds: Annotated[float, typer.Option(min=1, help="How long they are measured.")] = 15,
    url: Annotated[
        str, typer.Option(help="The voice webhook; that of PUBLIC_URL without it.")
    ] = "",
    echo_port: Annotated[
        int, typer.Option(help="Play a model that echoes on ws://127.0.0.1:PORT/v1/realtime.")
    ] = 0,
    chart: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("load.png"),
) -> None:
    """Let many callers ring in at a running server, and print how it did.

    Latency and loss are those of pulses that come back: start the server with OPENAI_REALTIME_URL
    at the model of --echo-port. With any other model they are unknown.
    """
    import uvloop
    from rich.console import Console

    from simulator.load.drive import Drive, drive, show_load
    from simulator.load.load import LoadFailed
    from simulator.webhooks import Account

    settings = settings_or_exit()
    token = next(iter(settings.auth_tokens), "")
    account = Account(
        settings.twilio_account_sid or "AC" + "0" * 32,
        token,
        settings.twilio_phone_number or "+15005550001",
    )
    plan = Drive(url or f"{settings.public_url}/voice", account, count, seconds, echo_port)
    try:
        report = uvloop.run(drive(plan, typer.echo))
    except LoadFailed as error:
        raise failed(error) from error
    show_load(Console(), report)
    try:
        from simulator.load.chart import draw
    except ImportError:
        typer.echo("No picture: pip install matplotlib")
        return
    draw(report, chart)
    typer.echo(f"The seconds are drawn in {chart}.")
