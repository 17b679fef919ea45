"""The findings, line by line."""

import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict

import typer

from calls.logs import set_up_logs
from doctor.finding import Finding
from doctor.versions import versions


async def report(echo: Callable[[str], None], *, fix: bool, as_json: bool) -> bool:
    """Examine and tell; says whether all is well.

    Args:
        echo: prints a line.
        fix: whether to change at Twilio what is wrong there.
        as_json: whether a line is a JSON object.
    """
    healthy = True
    async for finding in _findings(fix=fix):
        healthy &= finding.ok
        echo(json.dumps(asdict(finding)) if as_json else _line(finding))
    return healthy


async def _findings(*, fix: bool) -> AsyncGenerator[Finding]:
    installed = versions()
    for finding in installed:
        yield finding
    if all(finding.ok for finding in installed):
        set_up_logs("CRITICAL", json=False, speech=False)  # the findings tell what is wrong
        from doctor.examination import examine  # noqa: PLC0415  it imports what was just looked at

        async for finding in examine(fix=fix):
            yield finding


def _line(finding: Finding) -> str:
    state = typer.style("ok", fg="green") if finding.ok else typer.style("wrong", fg="red")
    fix = f"\n    {finding.fix}" if finding.fix else ""
    return f"{state}  {finding.subject}: {finding.told}{fix}"
