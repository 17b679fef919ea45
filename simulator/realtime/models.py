"""Which models there are, and who may enter: what is checked before a session begins."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from simulator.realtime.errors import FatalError

CURRENT_MODELS = (
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-2",
    "gpt-realtime-1.5",
    "gpt-realtime",
    "gpt-realtime-2025-08-28",
    "gpt-realtime-mini",
    "gpt-realtime-mini-2025-12-15",
    "gpt-realtime-mini-2025-10-06",
)
"""Models that answer; those after the fourth are announced to go."""

GONE_MODELS = ("gpt-4o-realtime-preview", "gpt-4o-mini-realtime-preview")
"""What the names of the retired preview models begin with."""

_KEYS_PAGE = "https://platform.openai.com/account/api-keys"


AZURE = "/openai/v1/realtime"
"""Where Azure serves the same protocol; the key then comes in a header of its own."""


def is_reasoning(model: str) -> bool:
    """Whether the model takes the `reasoning` field."""
    return model.startswith("gpt-realtime-2") and not model.startswith("gpt-realtime-2025")


def admit(path: str, headers: Mapping[str, str]) -> str:
    """The model that the session asked for.

    Raises:
        FatalError: The service would accept the socket, say why and close it.
    """
    if "OpenAI-Beta" in headers:
        raise FatalError(
            "beta_api_shape_disabled",
            "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
            close_code=4000,
        )
    if path.startswith(AZURE):
        _check_key("Bearer " + headers.get("api-key", ""))
    else:
        _check_key(headers.get("Authorization", ""))
    model = parse_qs(urlsplit(path).query).get("model", [""])[0]
    _check_model(model)
    return model


def _check_key(authorization: str) -> None:
    key = authorization.removeprefix("Bearer ")
    if not authorization.startswith("Bearer sk-") or key.startswith("sk-bad"):
        message = f"Incorrect API key provided: {key}. You can find your API key at {_KEYS_PAGE}."
        raise FatalError("invalid_api_key", message, close_code=3000)
    if key.startswith("sk-poor"):
        message = "You exceeded your current quota, please check your plan and billing details."
        raise FatalError("insufficient_quota", message, close_code=1013, kind="insufficient_quota")


def _check_model(model: str) -> None:
    if not model:
        message = (
            "You must provide a model parameter, for example "
            "wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5"
        )
        raise FatalError("missing_model", message, close_code=4000)
    if model.startswith(GONE_MODELS):
        message = f"The model `{model}` does not exist or you do not have access to it."
        raise FatalError("model_not_found", message, close_code=4004)
    if model not in CURRENT_MODELS:
        message = f'Model "{model}" is not supported in realtime mode.'
        raise FatalError("invalid_model", message, close_code=4000)
