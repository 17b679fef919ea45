"""What the pipeline tells the model by itself."""

from pipecat.frames.frames import LLMMessagesAppendFrame
from pipecat.processors.aggregators.llm_context import LLMContextMessage


def note(text: str, *, run_llm: bool = True) -> LLMMessagesAppendFrame:
    """A word of the developer to the model, not of the caller.

    Push it downstream from between user aggregator and model: before the aggregator it would only
    reach the context, which a speech-to-speech model does not read again. With `run_llm` the model
    answers as soon as nobody speaks.
    """
    message: LLMContextMessage = {"role": "developer", "content": text}
    return LLMMessagesAppendFrame(messages=[message], run_llm=run_llm)
