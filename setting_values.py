"""The kinds of values that a setting may have; an empty one is "not set"."""

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


def parts(secret: SecretStr) -> list[str]:
    """What is between the commas of a secret."""
    between = secret.get_secret_value().split(",")
    return [part.strip() for part in between if part.strip()]


def _origin(url: str) -> str:
    if not url:
        return url
    url = url.rstrip("/")
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or set("/?#@ ") & set(rest):
        raise ValueError("must be an origin such as https://spa.example.com")
    return url


def _account(sid: str) -> str:
    if sid and not re.fullmatch("AC[0-9a-f]{32}", sid):
        raise ValueError("must be AC and 32 hexadecimal digits, as Twilio's console shows it")
    return sid


def _number(number: str) -> str:
    if number and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise ValueError("must be in E.164, such as +15005550001")
    return number


def _hash(hashed: SecretStr) -> SecretStr:
    if hashed and not hashed.get_secret_value().startswith("$argon2id$"):
        raise ValueError("must be a hash, which spaline hash-password makes")
    return hashed


def _websocket(url: str) -> str:
    if not url.startswith(("wss://", "ws://")) or "?" in url:
        raise ValueError("must be a wss:// URL without a query")
    return url


def _async_database(url: str) -> str:
    if re.match("postgres(ql)?://", url):  # as platforms hand it out, for libpq
        url = "postgresql+asyncpg" + url[url.index(":") :].replace("sslmode=", "ssl=")
    try:
        driver = make_url(url).drivername
    except ArgumentError as error:
        raise ValueError("must be a SQLAlchemy URL") from error
    if driver not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise ValueError("must begin with sqlite+aiosqlite:// or postgresql://")
    return url


Origin = Annotated[str, AfterValidator(_origin)]
"""Of HTTP: scheme, host and port."""

AccountSid = Annotated[str, AfterValidator(_account)]
"""Of Twilio."""

PhoneNumber = Annotated[str, AfterValidator(_number)]
"""In E.164."""

PasswordHash = Annotated[SecretStr, AfterValidator(_hash)]
"""By Argon2."""

WebSocketUrl = Annotated[str, AfterValidator(_websocket)]
"""To which a query will be added."""

DatabaseUrl = Annotated[str, AfterValidator(_async_database)]
"""Of SQLAlchemy with a driver for asyncio; one for libpq is rewritten."""
