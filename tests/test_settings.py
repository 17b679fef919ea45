import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from settings import Settings, SettingsError, load_settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
GOOD = {
    "OPENAI_API_KEY": "sk-very-secret",
    "TWILIO_AUTH_TOKEN": "token-very-secret",
    "PUBLIC_URL": "https://spa.example.com",
}
NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with what is required and no more, in a folder without `.env`."""
    for name in list(os.environ):
        if name.upper() in NAMES:
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def example() -> tuple[dict[str, str], dict[str, str]]:
    """The names in `.env.example`: those to fill in, and those with their defaults."""
    text = EXAMPLE.read_text(encoding="utf-8")
    required = re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE)
    defaults = re.findall(r"^# ([A-Z_]+)=(.*)$", text, re.MULTILINE)
    return dict(required), dict(defaults)


def shown(value: object) -> str:
    """A default as `.env` writes it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_one_setting_is_enough_to_call_from_a_browser(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("TWILIO_AUTH_TOKEN")
    environment.delenv("PUBLIC_URL")
    environment.setenv("PORT", "9001")
    settings = load_settings()
    assert settings.public_url == "http://localhost:9001"
    assert not settings.takes_phone_calls


def test_three_settings_are_enough_in_production(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ENVIRONMENT", "production")
    settings = load_settings()
    assert settings.openai_api_key.get_secret_value() == "sk-very-secret"
    assert settings.auth_tokens == ["token-very-secret"]
    assert settings.public_url == "https://spa.example.com"
    assert settings.takes_phone_calls


def test_the_example_names_exactly_the_settings() -> None:
    required, defaults = example()
    assert not required.keys() & defaults.keys()
    assert sorted([*required, *defaults]) == sorted(NAMES)


def test_every_default_in_the_example_is_the_real_one() -> None:
    settings = load_settings()
    for name, written in example()[1].items():
        default: object = Settings.model_fields[name.lower()].get_default()
        assert written == shown(default), name
        if name not in GOOD:
            assert getattr(settings, name.lower()) == default, name


def test_what_the_example_asks_for_is_what_is_required() -> None:
    assert example()[0].keys() == GOOD.keys()


def test_the_example_tells_what_is_missing_when_it_is_copied_as_it_is(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    for name in GOOD:
        environment.delenv(name)
    (tmp_path / ".env").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^OPENAI_API_KEY is missing: set it"):
        load_settings()


def test_the_file_gives_way_to_the_environment(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nHOST=127.0.0.1\nUNKNOWN=1\n", encoding="utf-8")
    environment.setenv("PORT", "9001")
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 9001)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("OPENAI_API_KEY", "OPENAI_API_KEY is missing: set it in the environment or in .env"),
        ("PUBLIC_URL", "PUBLIC_URL is missing: set it in the environment or in .env"),
        (
            "TWILIO_AUTH_TOKEN",
            "TWILIO_AUTH_TOKEN is missing: set it in the environment or in .env",
        ),
    ],
)
def test_a_missing_setting_is_one_sentence_that_names_it(
    name: str, sentence: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ENVIRONMENT", "production")
    for value in (None, "", *([" , "] if name == "TWILIO_AUTH_TOKEN" else [])):
        if value is None:
            environment.delenv(name)
        else:
            environment.setenv(name, value)
        with pytest.raises(SettingsError) as raised:
            load_settings()
        assert str(raised.value) == sentence


ORIGIN = "PUBLIC_URL: must be an origin such as https://spa.example.com"
SOCKET = "OPENAI_REALTIME_URL: must be a wss:// URL without a query"
DRIVER = "DATABASE_URL: must begin with sqlite+aiosqlite:// or postgresql://"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        *(
            ("PUBLIC_URL", url, ORIGIN)
            for url in (
                "spa.example.com",
                "wss://spa.example.com",
                "https://",
                "https:///",
                "https://spa.example.com/voice",
                "https://spa.example.com?a=1",
                "https://spa.example.com#a",
                "https://user:secret@spa.example.com",
                "https://spa example.com",
            )
        ),
        ("OPENAI_REALTIME_URL", "https://api.openai.com/v1/realtime", SOCKET),
        ("OPENAI_REALTIME_URL", "wss://api.openai.com/v1/realtime?model=x", SOCKET),
        ("OPENAI_REALTIME_URL", "api.openai.com", SOCKET),
        ("DATABASE_URL", "spaline.db", "DATABASE_URL: must be a SQLAlchemy URL"),
        ("DATABASE_URL", "sqlite:///spaline.db", DRIVER),
        ("DATABASE_URL", "mysql://localhost/spaline", DRIVER),
        ("DATABASE_URL", "postgresql+psycopg://localhost/spaline", DRIVER),
        ("TWILIO_ACCOUNT_SID", "AC123", "TWILIO_ACCOUNT_SID: must be AC and 32 hexadecimal"),
        ("TWILIO_PHONE_NUMBER", "500 555 0001", "TWILIO_PHONE_NUMBER: must be in E.164"),
        ("TWILIO_API_URL", "api.twilio.com", "TWILIO_API_URL: must be an origin"),
        ("PORT", "eight", "PORT: Input should be a valid integer"),
        ("PORT", "65536", "PORT: Input should be less than or equal to 65535"),
        ("PORT", "-1", "PORT: Input should be greater than or equal to 0"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: Input should be 'TRACE', 'DEBUG', 'INFO'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT: Input should be 'text' or 'json'"),
        ("LOG_SPEECH", "yes", "LOG_SPEECH: Input should be 'auto', 'on' or 'off'"),
        ("ENVIRONMENT", "test", "ENVIRONMENT: Input should be 'development' or 'production'"),
        (
            "ALLOW_UNSIGNED_WEBHOOKS",
            "perhaps",
            "ALLOW_UNSIGNED_WEBHOOKS: Input should be a valid boolean",
        ),
        (
            "DASHBOARD_PASSWORD",
            "a pass phrase",
            "DASHBOARD_PASSWORD: must be a hash, which spaline hash-password makes",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    name: str, value: str, sentence: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value).startswith(sentence)
    assert "; " not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgres://spa@host/spaline", "postgresql+asyncpg://spa@host/spaline"),
        ("postgresql://host/spaline", "postgresql+asyncpg://host/spaline"),
        (
            "postgres://host:5432/spaline?sslmode=require",
            "postgresql+asyncpg://host:5432/spaline?ssl=require",
        ),
    ],
)
def test_the_url_that_a_platform_hands_out_is_understood(
    given: str, url: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("DATABASE_URL", given)
    assert load_settings().database_url == url


def test_every_wrong_setting_has_its_sentence(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "eight")
    environment.delenv("OPENAI_API_KEY")
    with pytest.raises(SettingsError, match=r"^OPENAI_API_KEY is missing.*; PORT: "):
        load_settings()


def test_unsigned_webhooks_are_for_development_alone(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("TWILIO_AUTH_TOKEN")
    environment.setenv("ALLOW_UNSIGNED_WEBHOOKS", "true")
    assert load_settings().auth_tokens == []
    environment.setenv("ENVIRONMENT", "production")
    with pytest.raises(SettingsError, match=r"^ALLOW_UNSIGNED_WEBHOOKS is for development"):
        load_settings()


def test_two_tokens_of_a_rotation_are_two_tokens(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TWILIO_AUTH_TOKEN", " new , old,")
    assert load_settings().auth_tokens == ["new", "old"]
    environment.setenv("TWILIO_WEBHOOK_KEY", "a key, ,")
    assert load_settings().webhook_keys == ["a key"]


@pytest.mark.parametrize(
    ("log_speech", "kind", "logged"),
    [
        ("auto", "development", True),
        ("auto", "production", False),
        ("on", "production", True),
        ("off", "development", False),
    ],
)
def test_speech_is_logged_in_development_unless_said_otherwise(
    log_speech: str, kind: str, logged: bool, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("LOG_SPEECH", log_speech)
    environment.setenv("ENVIRONMENT", kind)
    assert load_settings().logs_speech is logged


@pytest.mark.parametrize(
    ("url", "public_url", "stream_origin"),
    [
        ("https://spa.example.com/", "https://spa.example.com", "wss://spa.example.com"),
        ("https://spa.example.com:8443", "https://spa.example.com:8443", "wss://spa.example.com:8443"),
        ("http://localhost:8000", "http://localhost:8000", "ws://localhost:8000"),
        ("http://http.example.com", "http://http.example.com", "ws://http.example.com"),
    ],
)  # fmt: skip
def test_streams_have_the_same_origin_as_the_webhooks(
    url: str, public_url: str, stream_origin: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("PUBLIC_URL", url)
    settings = load_settings()
    assert (settings.public_url, settings.stream_origin) == (public_url, stream_origin)


SECRETS = {
    "OPENAI_API_KEY": "sk-1",
    "TWILIO_AUTH_TOKEN": "tok-2",
    "SESSION_SECRET": "ses-3",
    "DATABASE_URL": "postgresql+asyncpg://spa:dat-4@localhost/spaline",
}


def secrets_in(text: str) -> list[str]:
    return [secret for secret in ("sk-1", "tok-2", "ses-3", "dat-4") if secret in text]


def test_secrets_do_not_show(environment: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        environment.setenv(name, value)
    settings = load_settings()
    assert secrets_in(f"{settings!r} {settings}") == []


@pytest.mark.parametrize("wrong", [("ENVIRONMENT", "production"), ("PORT", "eight")])
def test_secrets_do_not_show_when_another_setting_is_wrong(
    wrong: tuple[str, str], environment: pytest.MonkeyPatch
) -> None:
    """Not even in the traceback, which prints the error that is behind the sentence."""
    for name, value in SECRETS.items():
        environment.setenv(name, value)
    environment.setenv("ALLOW_UNSIGNED_WEBHOOKS", "true")
    environment.setenv(*wrong)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert secrets_in(f"{raised.value} {raised.value.__cause__}") == []


@pytest.mark.parametrize("name", list(SECRETS))
def test_a_secret_does_not_show_when_a_required_setting_is_missing(
    name: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(name, SECRETS[name])
    environment.setenv("ENVIRONMENT", "production")
    environment.delenv("PUBLIC_URL")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert secrets_in(f"{raised.value} {raised.value.__cause__}") == []


def test_the_agent_is_asked_to_speak_before_the_call_is_handed_over(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("DEAD_AIR_ASK_SECONDS", "9")
    with pytest.raises(SettingsError, match="must be longer than DEAD_AIR_ASK_SECONDS"):
        load_settings()
