"""Who may open a media stream: Twilio, which signs, and the browser phone, which has a token."""

from fastapi import WebSocket

from calls.lines import NoLine
from calls.records import ClaimedCall
from database import DATABASE_ERRORS
from telephony.caller_id import caller_phone
from telephony.handshake import NoStart
from telephony.media_stream import Start
from telephony.signature import read_signature, signed_handshake
from telephony.token import StreamToken, TokenRejected
from webhooks.switchboard import Switchboard, target


class NotLetIn(Exception):
    """The socket is refused before it is accepted; the message says why."""


def let_in(board: Switchboard, websocket: WebSocket, token: str) -> StreamToken:
    """What the token of a socket says, once it is clear that its owner may use it.

    A browser cannot sign. Its token says so, and is good only for the page that it was given to.

    Raises:
        NotLetIn: neither.
    """
    try:
        claim = board.tokens.read(token)
    except TokenRejected as error:
        _check_signature(board, websocket)
        raise NotLetIn(f"token rejected ({error})") from error
    if not claim.is_browsers:
        _check_signature(board, websocket)
    elif not board.tokens.is_from(claim, websocket.headers.get("origin", "")):
        raise NotLetIn("the token is of another page than the one that brings it")
    return claim


async def claimed_call(board: Switchboard, claim: StreamToken) -> ClaimedCall:
    """The call of a token, which from now on has its socket.

    Raises:
        NoLine: it is taken, never rang for this caller, or cannot be noted.
    """
    try:
        call = await board.records.claim(claim.call_sid)
    except DATABASE_ERRORS as error:
        kind = type(error).__name__
        raise NoLine(f"the call cannot be noted ({kind}), so a person takes it") from error
    if call is None or not board.tokens.is_bound_to(claim, call.caller or ""):
        raise NoLine("the call is taken, or never rang for this caller")
    return call


def identify(board: Switchboard, claim: StreamToken, call: ClaimedCall, start: Start) -> str | None:
    """The number of the webhook, if the stream tells the same story.

    Raises:
        NoStart: it does not.
    """
    if board.account_sid and start.account_sid != board.account_sid:
        raise NoStart("the stream is of another account than TWILIO_ACCOUNT_SID")
    phone = caller_phone(start.custom_parameters.get("customerPhone", ""))
    if start.call_sid != claim.call_sid or phone != call.caller:
        raise NoStart("the stream's call or caller is not the one of its webhook")
    return phone


def _check_signature(board: Switchboard, websocket: WebSocket) -> None:
    url = f"{board.stream_origin}{target(websocket)}"
    signature = read_signature(websocket.headers)
    if board.secrets is not None and not signed_handshake(url, signature, board.secrets):
        raise NotLetIn(f"not signed by Twilio for {url.rpartition('/')[0]}")
