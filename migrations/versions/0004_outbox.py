"""Text messages that are owed to customers, and who wants none.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

from database import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event_id", sa.Integer, sa.ForeignKey("audit.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id")),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("good_until", UtcDateTime, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("in_doubt", sa.Boolean, nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("message_sid", sa.String(64)),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("event_id", "kind", name="outbox_once_per_event"),
    )
    op.create_index("outbox_by_due", "outbox", ["status", "due_at"])
    op.create_index("outbox_by_appointment", "outbox", ["appointment_id"])
    op.create_index("outbox_by_phone", "outbox", ["phone"])
    op.create_table(
        "text_opt_outs",
        sa.Column("phone", sa.String(32), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )
