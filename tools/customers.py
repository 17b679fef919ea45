"""What the spa knows of the caller, and what the caller wants it to know."""

from pipecat.services.llm_service import FunctionCallParams

from booking.words import one_line
from tools.answers import Answer, answer, describe_appointment
from tools.arguments import UnclearArgument, read_phone
from tools.context import call_context
from tools.identity import prove
from tools.interruption import uninterrupted
from tools.spoken import say_list

MAX_CHARS = 2000
"""What is kept of a message or of preferences."""


async def get_customer_history(params: FunctionCallParams, name: str = "", code: str = "") -> None:
    """Look up this caller's own coming and past appointments.

    Args:
        name: The full name that the bookings are under, as the caller has just said it.
        code: A confirmation code, if the caller says one instead of the name.
    """
    call = call_context(params)

    async def look() -> Answer:
        await prove(call, name, code)
        history = await call.desk.history(call.phone)
        upcoming = [describe_appointment(call.desk, item) for item in history.upcoming]
        if upcoming:
            coming = say_list(
                [f"{a['treatment']}, {a['spoken']}" for a in upcoming], word="standard"
            )
            message = f"Your coming appointments: {coming}."
        else:
            message = "You have no coming appointment under this number."
        return {
            "upcoming": upcoming,
            "past": [describe_appointment(call.desk, item) for item in history.past],
            "message": message,
        }

    await answer(params, look)


@uninterrupted
async def save_customer_details(
    params: FunctionCallParams,
    name: str = "",
    language: str = "",
    preferences: str = "",
    phone: str = "",
) -> None:
    """Write down what the caller says of themselves; leave out what they did not say.

    Args:
        name: The caller's full name, for somebody whose name is not known or was wrong.
        language: The language the caller wants to speak, such as en or es.
        preferences: What the caller likes or must avoid, all of it in one sentence.
        phone: A number to call back, only from a caller whose own number is withheld.
    """
    call = call_context(params)

    async def save() -> Answer:
        spa = call.desk.catalog.spa
        spoken = language.strip().lower()
        if spoken and spoken not in spa.languages:
            raise UnclearArgument(f"We speak {say_list(spa.languages, word='standard')} here.")
        if name.strip():
            await prove(call)  # not by the new name: it would prove itself
        await call.desk.save_customer(
            call.actor(params.tool_call_id),
            name=one_line(name, 200) or None,
            language=spoken or None,
            preferences=one_line(preferences, MAX_CHARS) or None,
            contact=None if call.phone else read_phone(phone, spa.country) or None,
        )
        return {"message": "I have written that down."}

    await answer(params, save, writes=True)
