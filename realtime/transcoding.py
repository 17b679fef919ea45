"""PCM for a model that does not speak mu-law, one way from it to the line."""

import base64

from pipecat.audio.utils import (
    create_stream_resampler,  # pyright: ignore[reportUnknownVariableType]  Pipecat annotates in part
)

from telephony import mulaw

MODEL_RATE = 24_000
"""The only rate of PCM that the GA interface has."""

_SAMPLE_BYTES = 2


class PcmReader:
    """Makes mu-law of the model's PCM, one delta after the other."""

    def __init__(self) -> None:
        # Kept from answer to answer, for what it keeps back is the end of one; by this quality,
        # which a telephone does not surpass, that is 13 ms, by the best 75 ms.
        self._resampler = create_stream_resampler(clear_after_secs=None, quality="LQ")
        self._rest = b""

    async def read(self, payload: str) -> str:
        """The same audio for the line; empty while the resampler still keeps it.

        Args:
            payload: base64 of 16-bit PCM at `MODEL_RATE`.
        """
        pcm = self._rest + base64.b64decode(payload)
        whole = len(pcm) // _SAMPLE_BYTES * _SAMPLE_BYTES
        pcm, self._rest = pcm[:whole], pcm[whole:]
        narrow = await self._resampler.resample(pcm, MODEL_RATE, mulaw.SAMPLE_RATE)
        return base64.b64encode(mulaw.encode(narrow)).decode("ascii")
