"""What happens in a call: turns, tools, what the models were used for.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from database import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    _create(
        "call_turns",
        sa.Column("who", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("latency_ms", sa.Integer),
    )
    _create(
        "call_tools",
        sa.Column("tool_call_id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON),
        sa.Column("ok", sa.Boolean),
        sa.Column("duration_ms", sa.Integer),
    )
    _create(
        "call_model_uses",
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("text_in", sa.Integer, nullable=False),
        sa.Column("audio_in", sa.Integer, nullable=False),
        sa.Column("cached_text_in", sa.Integer, nullable=False),
        sa.Column("cached_audio_in", sa.Integer, nullable=False),
        sa.Column("text_out", sa.Integer, nullable=False),
        sa.Column("audio_out", sa.Integer, nullable=False),
        sa.Column("heard_secs", sa.Double, nullable=False),
        sa.Column("cost_microdollars", sa.Integer),
    )


def _create(name: str, *columns: SchemaItem) -> None:
    call = sa.ForeignKey("calls.call_sid", ondelete="CASCADE")
    op.create_table(
        name,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("call_sid", sa.String(64), call, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        *columns,
    )
    op.create_index(f"{name}_by_call", name, ["call_sid", "at"])
    op.create_index(f"ix_{name}_at", name, ["at"])
