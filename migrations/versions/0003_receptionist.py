"""What a receptionist writes down: how a call was handed over, messages, unproven numbers.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

from database import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and make the table."""
    op.add_column(
        "customers", sa.Column("contact", sa.String(32), nullable=False, server_default="")
    )
    for column in (
        sa.Column("stir_verstat", sa.String(64)),
        sa.Column("desk_answer", sa.String(16)),
        sa.Column("voicemail_sid", sa.String(64)),
        sa.Column("voicemail_url", sa.String(500)),
        sa.Column("voicemail_secs", sa.Integer),
    ):
        op.add_column("calls", column)
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("call_sid", sa.String(64)),
        sa.Column("phone", sa.String(32)),
        sa.Column("contact", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("done_at", UtcDateTime),
    )
    op.create_index("messages_by_time", "messages", ["at"])
