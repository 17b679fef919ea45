"""What is on this machine: spa.toml and the database."""

from booking.catalog import CatalogError, load_catalog
from database import (
    DATABASE_ERRORS,
    SchemaOutdated,
    SchemaUnknown,
    build_engine,
    check_schema,
)
from doctor.finding import Finding, fine, wrong
from realtime.service import check_options
from realtime.session import SessionOptionsError, load_session_options
from settings import Settings
from tools import RECEPTIONIST_TOOLS


def spa(settings: Settings) -> list[Finding]:
    """spa.toml: the house and the options of the model's session."""
    path = settings.spa_file
    try:
        catalog = load_catalog(path)
        options = load_session_options(path)
        tools = [tool.__name__ for tool in RECEPTIONIST_TOOLS]
        check_options(options, settings.openai_realtime_model, tools)
    except (CatalogError, SessionOptionsError) as error:
        return [
            wrong("spa", str(error), f"edit {path}" if path.exists() else "edit SPA_FILE in .env")
        ]
    counted = f"{len(catalog.treatments)} treatments, {len(catalog.therapists)} therapists"
    return [fine("spa", f"{catalog.spa.name}, {counted}, {catalog.spa.time_zone}")]


async def database(settings: Settings) -> list[Finding]:
    """Whether the database answers, and has this version's schema."""
    engine = build_engine(settings.database_url)
    try:
        await check_schema(engine)
    except SchemaUnknown as error:
        return [wrong("database", str(error), "git pull && make setup, or the newer image")]
    except SchemaOutdated as error:
        return [wrong("database", str(error), "spaline migrate")]
    except DATABASE_ERRORS as error:
        told = f"it does not answer: {type(error).__name__}: {str(error).splitlines()[0]}"
        return [wrong("database", told, "start it, or mend DATABASE_URL")]
    finally:
        await engine.dispose()
    return [fine("database", "it answers and has this version's schema")]
