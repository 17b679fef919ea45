"""Messages, handing over to a person, and the end of the call."""

from pipecat.services.llm_service import FunctionCallParams

from booking.errors import BookingError
from booking.words import one_line
from telephony.frames import LeaveFrame
from tools.answers import Answer, answer
from tools.arguments import UnclearArgument, read_phone
from tools.context import CallContext, call_context
from tools.customers import MAX_CHARS
from tools.interruption import uninterrupted
from tools.spoken import say_moment


class DeskClosed(BookingError):
    """Nobody is at the front desk now."""

    reason = "desk_closed"


class NoTelephone(BookingError):
    """The caller talks to us from elsewhere, where no telephone can ring."""

    reason = "no_telephone"

    def __init__(self) -> None:
        super().__init__(
            "This is no telephone call, so I cannot connect you. Shall I write down a message for "
            "our front desk?"
        )


@uninterrupted
async def take_message(
    params: FunctionCallParams, message: str, name: str = "", phone: str = ""
) -> None:
    """Write down a message for the staff, when you cannot help and nobody can be reached.

    Args:
        message: What the staff should know, in the caller's words.
        name: The caller's name, if it is not known yet.
        phone: A number to call back, if it is not the one the caller calls from.
    """
    call = call_context(params)

    async def take() -> Answer:
        if not one_line(message, MAX_CHARS):
            raise UnclearArgument("What shall I tell our front desk?")
        contact = read_phone(phone, call.desk.catalog.spa.country)
        await call.desk.take_message(
            one_line(message, MAX_CHARS),
            call.actor(params.tool_call_id),
            name=one_line(name, 200),
            contact=contact,
        )
        return {"message": "I have written that down for our front desk."}

    await answer(params, take, writes=True)


@uninterrupted
async def transfer_to_staff(
    params: FunctionCallParams, reason: str = "", voicemail: str = ""
) -> None:
    """Connect the caller to a person at the front desk, when they ask for one or you cannot help.

    Args:
        reason: Why, in a few words.
        voicemail: "yes" if nobody is there and the caller wants to leave a spoken message.
    """
    call = call_context(params)

    async def transfer() -> Answer:
        if not call.is_telephone:
            raise NoTelephone
        if call.desk.catalog.is_open(call.desk.now()):
            message = "I connect you to our front desk now, please stay on the line."
        elif voicemail.strip().lower() == "yes":
            message = "You can leave your message after the tone."
        else:
            raise DeskClosed(_closed(call))
        await params.pipeline_worker.queue_frame(
            LeaveFrame(to_person=True, reason=one_line(reason, 200))
        )
        return {"message": message}

    await answer(params, transfer)


@uninterrupted
async def end_call(params: FunctionCallParams) -> None:
    """End the call, when all is done and the caller wants nothing more.

    Call it before you say goodbye; the line is closed when the caller has heard your goodbye.
    """
    call = call_context(params)
    # Who spoke into the goodbye has heard one: saying it again helps nobody.
    again, call.said_goodbye = call.said_goodbye, True

    async def end() -> Answer:
        leave = LeaveFrame(to_person=False, reason="all was said")
        await params.pipeline_worker.queue_frame(leave)
        return {"message": "Say goodbye now, in one sentence."}

    await answer(params, end, run_llm=not again)


def _closed(call: CallContext) -> str:
    opens = call.desk.catalog.opens_next(call.desk.now())
    when = f" They are back {say_moment(opens, call.desk.today())}." if opens else ""
    return (
        f"Nobody is at our front desk now.{when} I can take a message, or you can leave one "
        "after the tone."
    )
