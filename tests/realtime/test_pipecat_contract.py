"""What we override or use of the inner side of our libraries, and the versions it was read in.

When a test here fails, a library has changed that method: read it again, see whether what we do
is still right (or no longer needed), then write down the new fingerprint.
"""

import hashlib
import inspect
from importlib.metadata import version

import pytest
from pipecat.processors.aggregators.llm_response_universal import (
    LLMAssistantAggregator,
    LLMUserAggregator,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketInputTransport,
    FastAPIWebsocketOutputTransport,
    FastAPIWebsocketTransport,
)
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.connection import Connection
from websockets.asyncio.messages import Assembler
from websockets.protocol import Protocol
from websockets.streams import StreamReader

READ_IN = {"pipecat-ai": "1.14.0", "uvicorn": "0.54.0", "websockets": "17.4"}
"""The versions that all tests pass with."""

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
    (
        OpenAIRealtimeLLMService,
        "handle_evt_input_audio_transcription_completed",
        "1887b489753f",
    ),
    # and builds on:
    (OpenAIRealtimeLLMService, "_send_tool_result", "a8e0e3cb4c2d"),
    (OpenAIRealtimeLLMService, "_handle_context", "81603368b304"),
    (OpenAIRealtimeLLMService, "_process_completed_function_calls", "d42c71f3a1e0"),
    (OpenAIRealtimeLLMService, "_handle_evt_session_created", "6a0b7d042c8d"),
    (OpenAIRealtimeLLMService, "_handle_evt_session_updated", "814bf5777452"),
    (OpenAIRealtimeLLMService, "_send_message_item", "f2b2df6d5ee3"),
    (OpenAIRealtimeLLMService, "_create_response", "25a6cec34da0"),
    (OpenAIRealtimeLLMService, "_push_output_transcript_text_frames", "46bbeb7ca849"),
    (OpenAIRealtimeLLMService, "_ws_send", "8b8e48ed79e4"),
    # realtime/service.py registers the tools as this does, without reading each of them again,
    # and keeps one copy of the instructions for all calls:
    (OpenAIRealtimeLLMService, "_register_advertised_tool_handlers", "7ff16fc1ddfe"),
    (OpenAIRealtimeLLMService, "register_function", "51527f035888"),
    (OpenAIRealtimeLLMService, "_compose_system_instruction", "f9150b815bde"),
    # telephony/transport.py builds on:
    (BaseInputTransport, "push_audio_frame", "3306f2143f4a"),
    (FastAPIWebsocketOutputTransport, "_write_frame", "a4e2683e402f"),
    (FastAPIWebsocketTransport, "__init__", "05251c60a1e0"),
    (FastAPIWebsocketInputTransport, "_receive_messages", "eac03097507f"),
    # and overrides, so that the media sender begins when there is PCM for it:
    (BaseOutputTransport, "set_transport_ready", "3e4c14e7f579"),
    (BaseOutputTransport, "_handle_frame", "db4cbbfcc253"),
    (BaseOutputTransport.MediaSender, "_audio_task_handler", "b595df078a78"),
    (BaseOutputTransport.MediaSender, "_handle_frame", "de32af3131c3"),
    # processors/lean_stages.py takes their queues from stages in direct mode, where these use none:
    (FrameProcessor, "__init__", "ace163dbe066"),
    (FrameProcessor, "queue_frame", "ae1417254fa3"),
    (FrameProcessor, "has_queued_frame", "8a4835afb204"),
    (FrameProcessor, "_start_interruption", "6738f0c6eda6"),
    (FrameProcessor, "_FrameProcessor__create_input_task", "0282ab332263"),
    (FrameProcessor, "_FrameProcessor__create_process_task", "55770c711c89"),
    (FrameProcessor, "_FrameProcessor__reset_process_task", "499fb5ed7105"),
    # telephony/audio_lane.py reads `_params` of the one and passes by both, which do nothing with
    # audio unless those say so; a change of what they do with frames would show here:
    (LLMUserAggregator, "__init__", "8c5d5afc496a"),
    (LLMUserAggregator, "process_frame", "621a9dfbc204"),
    (LLMAssistantAggregator, "process_frame", "f01f12caa814"),
    # realtime/audio.py tells which answer a TTSStoppedFrame ends, that these two push:
    (OpenAIRealtimeLLMService, "_handle_interruption", "98fb3101dbde"),
    (OpenAIRealtimeLLMService, "process_frame", "aa2774722505"),
    # telephony/call_socket.py overrides and passes by, with `queue`, `conn`, `handshake_complete`
    # and `close_sent`; there is no public way to a message before uvicorn has queued it:
    (WebSocketsSansIOProtocol, "__init__", "631dcd744eab"),
    (WebSocketsSansIOProtocol, "connection_lost", "dd116afc4d80"),
    (WebSocketsSansIOProtocol, "data_received", "c89d394077d8"),
    (WebSocketsSansIOProtocol, "handle_text", "6ae523180cf0"),
    (WebSocketsSansIOProtocol, "send_receive_event_to_app", "a2b10de91477"),
    (WebSocketsSansIOProtocol, "receive", "1dc0e7153900"),
    (WebSocketsSansIOProtocol, "send", "d4919ed760ce"),
    (WebSocketsSansIOProtocol, "run_asgi", "662375aa38d9"),
    # realtime/model_socket.py overrides and passes by, with `recv_messages` and `protocol`; there
    # is no public way to a message before websockets has queued it:
    (Connection, "data_received", "19c5a13dd8eb"),
    (Connection, "connection_lost", "ed34a9b75ab3"),
    (Connection, "process_event", "90e3399e37c0"),
    (Connection, "send_context", "3dbc998ac51e"),
    (Connection, "send_data", "b01f84358ffe"),
    (Assembler, "__init__", "9130f18dec08"),
    (Assembler, "get", "2db634a947dc"),
    (Assembler, "put", "0d37a2312234"),
    # telephony/short_way.py reads of the library's parser `reader.buffer` and `current_size`:
    (Protocol, "__init__", "76c731b216eb"),
    (Protocol, "parse", "45aaf900644b"),
    (Protocol, "recv_frame", "4f83d3b90ea6"),
    (StreamReader, "read_exact", "a6b62add9c05"),
]


def fingerprint(owner: type, name: str) -> str:
    source = inspect.getsource(getattr(owner, name))
    return hashlib.sha256(source.encode()).hexdigest()[:12]


@pytest.mark.parametrize(("owner", "name", "known"), PRIVATE)
def test_a_private_method_is_as_we_read_it(owner: type, name: str, known: str) -> None:
    installed = {library: version(library) for library in READ_IN}
    assert fingerprint(owner, name) == known, (
        f"{owner.__name__}.{name} is not as it was in {READ_IN}; installed are {installed}"
    )
