"""What can be wrong with the model in a call. Pure."""

from enum import StrEnum


class ModelTrouble(StrEnum):
    """What the model did to a call, for who counts it.

    `lost` is a call that went to a person for it; everything else may have gone on.
    """

    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    REFUSED = "refused"
    ERROR = "error"
    FAILED = "failed"
    EMPTY = "empty"
    LOST = "lost"
