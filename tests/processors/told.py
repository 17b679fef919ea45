"""What a stage told the model, and whether it asked to leave the line."""

from collections.abc import Sequence
from typing import Any, cast

from pipecat.frames.frames import Frame, LLMMessagesAppendFrame

from telephony.frames import LeaveFrame


def told(frames: Sequence[Frame]) -> list[str]:
    """The notes among the frames, and `leave` for each LeaveFrame, in order."""
    said: list[str] = []
    for frame in frames:
        if isinstance(frame, LLMMessagesAppendFrame):
            said += [cast(dict[str, Any], message)["content"] for message in frame.messages]
        elif isinstance(frame, LeaveFrame):
            said.append("leave to a person" if frame.to_person else "leave")
    return said
