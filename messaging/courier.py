"""Sends the texts that are owed, each once."""

from collections.abc import Callable

from jinja2 import TemplateError
from loguru import logger

from booking.outbox import Outbox
from booking.text_message import TextMessage
from telephony.errors import LineLost, NotAccepted, OptedOut, TextRefused
from telephony.text_line import TextLine


class Courier:
    """Carries texts from the outbox to Twilio."""

    def __init__(
        self,
        outbox: Outbox,
        line: TextLine,
        words: Callable[[TextMessage], str],
        status_url: str,
    ) -> None:
        """Stand ready.

        Args:
            outbox: what is owed.
            line: where it goes.
            words: puts a text into words.
            status_url: where Twilio tells what becomes of a text; its id is put behind.
        """
        self._outbox = outbox
        self._line = line
        self._words = words
        self._status_url = status_url

    async def deliver(self) -> None:
        """Send all that is due."""
        while (text := await self._outbox.claim()) is not None:
            with logger.contextualize(text=text.id):
                await self._deliver(text)

    async def _deliver(self, text: TextMessage) -> None:
        """Send one text, or note why not."""
        try:
            body = await self._body(text)
            sid = await self._earlier(text, body) or await self._line.send(
                text.phone, body, f"{self._status_url}/{text.id}"
            )
        except OptedOut as error:
            await self._outbox.opt_out(text.phone)
            await self._outbox.drop(text, str(error))
            logger.info("Text is dropped: {}", error)
        except TextRefused as error:
            await self._outbox.give_up(text, str(error))
            logger.error("Text of {} is given up: {}", text.kind, error)
        except (NotAccepted, LineLost) as error:
            await self._postpone(text, error)
        else:
            await self._outbox.sent(text, sid)
            logger.info("Text of {} is sent as {}", text.kind, sid)

    async def _body(self, text: TextMessage) -> str:
        """The words, those of the first attempt if there was one."""
        if text.body:
            return text.body
        try:
            body = self._words(text)
        except (TemplateError, LookupError, ValueError, OSError) as error:
            raise TextRefused(f"it cannot be put into words: {error!r}") from error
        await self._outbox.word(text, body)
        return body

    async def _earlier(self, text: TextMessage, body: str) -> str | None:
        """Twilio's id of this text when an earlier attempt came through unheard."""
        if not text.in_doubt:
            return None
        found = await self._line.find(text.phone, body)
        others = await self._outbox.recorded(list(found))
        return next((sid for sid in found if sid not in others), None)

    async def _postpone(self, text: TextMessage, error: NotAccepted | LineLost) -> None:
        """Try again later; what was in doubt stays so until Twilio's list was seen."""
        in_doubt = text.in_doubt or isinstance(error, LineLost)
        if await self._outbox.postpone(text, str(error), in_doubt=in_doubt):
            logger.warning("Text of {} is tried again later: {}", text.kind, error)
        else:
            logger.error("Text of {} is given up: {}", text.kind, error)
