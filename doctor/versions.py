"""The packages that are installed, beside those that this program needs.

It imports none of them: of a wrong version, the rest of the doctor may not even be importable.
"""

from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from doctor.finding import Finding, fine, wrong

SUBJECT = "versions"
SET_UP = "make setup"

CALLED = ("spaline", "pipecat-ai", "websockets", "twilio", "fastapi", "uvicorn", "sqlalchemy")
"""What calls pass through."""


def versions() -> list[Finding]:
    """A line for each package that is missing or of a wrong version, or one for all of them."""
    needed = [Requirement(line) for line in requires("spaline") or []]
    off = [told for one in needed if _is_due(one) and (told := _fault(one))]
    if off:
        return [wrong(SUBJECT, told, SET_UP) for told in off]
    return [fine(SUBJECT, ", ".join(f"{package} {version(package)}" for package in CALLED))]


def _is_due(requirement: Requirement) -> bool:
    """Whether it is needed here; what an extra brings is not."""
    return requirement.marker is None or requirement.marker.evaluate()


def _fault(requirement: Requirement) -> str:
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if requirement.specifier.contains(found, prereleases=True):
        return ""
    return f"{requirement.name} {found} is installed, and {requirement.specifier} is needed"
