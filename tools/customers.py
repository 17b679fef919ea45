"""What the spa knows of the caller."""

from pipecat.services.llm_service import FunctionCallParams

from tools.answers import Answer, answer, describe_appointment
from tools.context import call_context
from tools.spoken import say_list


async def get_customer_history(params: FunctionCallParams) -> None:
    """Look up this caller's own coming and past appointments."""
    call = call_context(params)

    async def look() -> Answer:
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
            "name": history.customer.name if history.customer else "",
            "upcoming": upcoming,
            "past": [describe_appointment(call.desk, item) for item in history.past],
            "message": message,
        }

    await answer(params, look)
