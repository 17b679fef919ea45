"""Indices that hold all that figures of weeks of calls and bookings are made of.

Revision: 0007, after 0006.
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Widen three indices, and add one."""
    for table, moment, figure in (
        ("calls", "rang_at", "outcome"),
        ("call_turns", "at", "latency_ms"),
        ("call_model_uses", "at", "cost_microdollars"),
    ):
        op.drop_index(f"ix_{table}_{moment}", table)
        op.create_index(f"{table}_by_moment", table, [moment, figure])
    op.create_index("appointments_by_creation", "appointments", ["created_at"])
