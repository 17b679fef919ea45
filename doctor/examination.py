"""Everything that is looked at, in the order in which a call needs it."""

from collections.abc import AsyncGenerator

from doctor.finding import Finding, fine, wrong
from doctor.house import database, spa
from doctor.model import model
from doctor.number import number
from doctor.self_call import call_ourselves
from settings import SettingsError, load_settings, misspelt_settings


async def examine(*, fix: bool) -> AsyncGenerator[Finding]:
    """What is found, as it is found.

    Args:
        fix: whether to change at Twilio what is wrong there.
    """
    try:
        settings = load_settings()
    except SettingsError as error:
        for sentence in str(error).split("; "):
            yield wrong("settings", sentence, "edit .env; .env.example names every setting")
        return
    for written, meant in misspelt_settings().items():
        yield wrong("settings", f"{written} in .env is no setting, {meant} is", "edit .env")
    yield fine("settings", f"{settings.environment}, {settings.public_url}")
    house = spa(settings) + await database(settings)
    for finding in house:
        yield finding
    if all(finding.ok for finding in house):
        for finding in await model(settings):
            yield finding
    else:
        yield fine("model", "not looked at: first mend what is wrong above")
    for finding in await number(settings, fix=fix) + await call_ourselves(settings):
        yield finding
