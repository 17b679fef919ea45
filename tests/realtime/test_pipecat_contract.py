"""What we override or use of Pipecat's private side, and the version it was read in.

When a test here fails, Pipecat has changed that method: read it again, see whether the
override is still right (or no longer needed), then write down the new fingerprint.
"""

import hashlib
import inspect
from importlib.metadata import version

import pytest
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketOutputTransport,
    FastAPIWebsocketTransport,
)

READ_IN = "1.14"

PRIVATE = [
    # realtime/ overrides:
    (OpenAIRealtimeLLMService, "_connect", "f633d18e9884"),
    (OpenAIRealtimeLLMService, "_disconnect", "67c584b3b204"),
    (OpenAIRealtimeLLMService, "_receive_task_handler", "205c3c1c82c0"),
    (OpenAIRealtimeLLMService, "_send_session_update", "9b33b6a80d33"),
    (OpenAIRealtimeLLMService, "_send_user_audio", "c6f353594fde"),
    (OpenAIRealtimeLLMService, "_truncate_current_audio_response", "3e474d840f36"),
    (OpenAIRealtimeLLMService, "_handle_evt_error", "ac9436402e9d"),
    (OpenAIRealtimeLLMService, "_handle_evt_audio_delta", "3c97768262f7"),
    (OpenAIRealtimeLLMService, "_handle_evt_speech_started", "d09337866273"),
    (OpenAIRealtimeLLMService, "_handle_evt_response_created", "a6603aaabb36"),
    (OpenAIRealtimeLLMService, "_handle_evt_response_done", "9b5c6545e904"),
    (OpenAIRealtimeLLMService, "_handle_evt_function_call_arguments_done", "0c6881fd6cf0"),
    (OpenAIRealtimeLLMService, "_handle_function_call_result", "f0b3b0b30b3e"),
    # and builds on:
    (OpenAIRealtimeLLMService, "_handle_evt_session_created", "6a0b7d042c8d"),
    (OpenAIRealtimeLLMService, "_handle_evt_session_updated", "814bf5777452"),
    (OpenAIRealtimeLLMService, "_send_message_item", "f2b2df6d5ee3"),
    (OpenAIRealtimeLLMService, "_create_response", "25a6cec34da0"),
    (OpenAIRealtimeLLMService, "_ws_send", "8b8e48ed79e4"),
    # telephony/transport.py builds on:
    (BaseInputTransport, "push_audio_frame", "3306f2143f4a"),
    (FastAPIWebsocketOutputTransport, "_write_frame", "a4e2683e402f"),
    (FastAPIWebsocketTransport, "__init__", "05251c60a1e0"),
]


def fingerprint(owner: type, name: str) -> str:
    source = inspect.getsource(getattr(owner, name))
    return hashlib.sha256(source.encode()).hexdigest()[:12]


@pytest.mark.parametrize(("owner", "name", "known"), PRIVATE)
def test_a_private_method_is_as_we_read_it(owner: type, name: str, known: str) -> None:
    assert fingerprint(owner, name) == known, (
        f"{owner.__name__}.{name} is not as it was in Pipecat {READ_IN} "
        f"but as in {version('pipecat-ai')}"
    )
