"""What simulated callers think, speak and hear with: OpenAI's services, by OPENAI_API_KEY.

The files in `simulated/` name these as `factory`.
"""

import os
from collections.abc import Mapping
from typing import Any

from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService


def mind(config: Mapping[str, Any]) -> OpenAILLMService:
    """A caller, or the judge of one."""
    settings = OpenAILLMService.Settings(model=config["model"])
    return OpenAILLMService(api_key=os.environ["OPENAI_API_KEY"], settings=settings)


def voice(config: Mapping[str, Any]) -> OpenAITTSService:
    """The caller's voice."""
    settings = OpenAITTSService.Settings(voice=config["voice"])
    return OpenAITTSService(api_key=os.environ["OPENAI_API_KEY"], settings=settings)


def ear(config: Mapping[str, Any]) -> OpenAISTTService:
    """What writes down what the agent says."""
    return OpenAISTTService(api_key=os.environ["OPENAI_API_KEY"])
