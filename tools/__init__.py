"""What the model may do, one async function a tool."""

from tools.appointments import book_appointment, cancel_appointment, reschedule_appointment
from tools.availability import check_availability, list_treatments
from tools.call_control import end_call, take_message, transfer_to_staff
from tools.customers import get_customer_history, save_customer_details
from tools.waitlist import join_waitlist

RECEPTIONIST_TOOLS = (
    check_availability,
    book_appointment,
    reschedule_appointment,
    cancel_appointment,
    get_customer_history,
    list_treatments,
    join_waitlist,
    save_customer_details,
    take_message,
    transfer_to_staff,
    end_call,
)
"""Every tool; to add one, write the function and add it here."""
