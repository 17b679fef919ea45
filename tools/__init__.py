"""What the model may do, one async function a tool."""

from tools.appointments import book_appointment, cancel_appointment
from tools.availability import check_availability
from tools.customers import get_customer_history

RECEPTIONIST_TOOLS = (
    check_availability,
    book_appointment,
    cancel_appointment,
    get_customer_history,
)
"""Every tool; to add one, write the function and add it here."""
