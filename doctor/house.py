"""What is on this machine: versions, spa.toml, the database."""

import inspect
from importlib.metadata import version

from websockets.asyncio.client import connect

from booking.catalog import CatalogError, load_catalog
from database import DATABASE_ERRORS, SchemaOutdated, build_engine, check_schema
from doctor.finding import Finding, fine, wrong
from realtime.service import check_options
from realtime.session import SessionOptionsError, load_session_options
from settings import Settings
from tools import RECEPTIONIST_TOOLS

PACKAGES = ("spaline", "pipecat-ai", "websockets", "twilio", "fastapi", "uvicorn", "sqlalchemy")

SET_UP = "make setup"


def versions() -> list[Finding]:
    """The packages that calls pass through."""
    told = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    if "additional_headers" not in inspect.signature(connect.__init__).parameters:
        return [wrong("versions", f"websockets has no additional_headers: {told}", SET_UP)]
    return [fine("versions", told)]


def spa(settings: Settings) -> list[Finding]:
    """spa.toml: the house and the options of the model's session."""
    subject = str(settings.spa_file)
    edit = f"edit {subject}"
    try:
        catalog = load_catalog(settings.spa_file)
        options = load_session_options(settings.spa_file)
        tools = [tool.__name__ for tool in RECEPTIONIST_TOOLS]
        check_options(options, settings.openai_realtime_model, tools)
    except (CatalogError, SessionOptionsError) as error:
        return [wrong(subject, str(error), edit)]
    counted = f"{len(catalog.treatments)} treatments, {len(catalog.therapists)} therapists"
    return [fine(subject, f"{catalog.spa.name}, {counted}, {catalog.spa.time_zone}")]


async def database(settings: Settings) -> list[Finding]:
    """Whether the database answers, and has this version's schema."""
    engine = build_engine(settings.database_url)
    try:
        await check_schema(engine)
    except SchemaOutdated as error:
        return [wrong("database", str(error), "spaline migrate")]
    except DATABASE_ERRORS as error:
        told = f"it does not answer: {type(error).__name__}: {str(error).splitlines()[0]}"
        return [wrong("database", told, "start it, or mend DATABASE_URL")]
    finally:
        await engine.dispose()
    return [fine("database", "it answers and has this version's schema")]
