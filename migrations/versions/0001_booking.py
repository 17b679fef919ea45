"""The appointment book.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from database import UtcDateTime

revision = "0001"
down_revision = None

# What SQLite checks before it writes an occupation. The bound of a day lets it look at a small
# part of the index only, and holds because a longer occupation is refused.
NO_OVERLAP = """
    SELECT RAISE(ABORT, 'occupations_no_overlap') WHERE EXISTS (
        SELECT 1 FROM occupations AS other
        WHERE other.kind = NEW.kind AND other.resource = NEW.resource
        AND other.id IS NOT NEW.id
        AND other.starts_at > strftime('%Y-%m-%d %H:%M:%f', NEW.starts_at, '-1 day')
        AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
    );
    SELECT RAISE(ABORT, 'occupations_length')
    WHERE strftime('%s', NEW.ends_at) - strftime('%s', NEW.starts_at) > 86400;
"""


def upgrade() -> None:
    """Make the tables and what refuses a double booking."""
    _customers()
    _appointments()
    _waitlist_and_holds()
    _occupations()
    _audit()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(
            "ALTER TABLE occupations ADD CONSTRAINT occupations_no_overlap EXCLUDE USING gist "
            "(kind WITH =, resource WITH =, tstzrange(starts_at, ends_at) WITH &&)"
        )
        op.execute(
            "ALTER TABLE occupations ADD CONSTRAINT occupations_length "
            "CHECK (ends_at - starts_at <= interval '24 hours')"
        )
    else:
        for verb in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER occupations_no_overlap_{verb.lower()} "
                f"BEFORE {verb} ON occupations BEGIN {NO_OVERLAP} END"
            )


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("phone", sa.String(32), unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("loyalty", sa.String(50), nullable=False),
        sa.Column("preferences", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )


def _appointments() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(12), nullable=False, unique=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("treatment", sa.String(100), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("therapists", sa.JSON, nullable=False),
        sa.Column("room", sa.String(100), nullable=False),
        sa.Column("price_cents", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("call_sid", sa.String(64)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="appointments_in_order"),
        sa.CheckConstraint("status in ('booked', 'cancelled')", name="appointments_status"),
    )
    op.create_index("appointments_by_customer", "appointments", ["customer_id", "starts_at"])
    op.create_index("appointments_by_start", "appointments", ["starts_at"])
    op.create_index("appointments_by_call", "appointments", ["call_sid"])


def _waitlist_and_holds() -> None:
    op.create_table(
        "waitlist",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("treatment", sa.String(100), nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("part_of_day", sa.String(16)),
        sa.Column("therapist", sa.String(100)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("offered_starts_at", UtcDateTime),
        sa.Column("offered_until", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("waitlist_by_status", "waitlist", ["status", "last_day"])
    op.create_index("ix_waitlist_customer_id", "waitlist", ["customer_id"])
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("treatment", sa.String(100), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("therapists", sa.JSON, nullable=False),
        sa.Column("room", sa.String(100), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("waitlist_id", sa.Integer, sa.ForeignKey("waitlist.id")),
    )
    op.create_index("holds_by_expiry", "holds", ["expires_at"])
    op.create_index("holds_by_holder", "holds", ["holder"])
    op.create_index("holds_by_wish", "holds", ["waitlist_id"])


def _occupations() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("resource", sa.String(100), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("blocks_by_end", "blocks", ["ends_at"])
    op.create_table(
        "occupations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("resource", sa.String(100), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id")),
        sa.Column("hold_id", sa.Integer, sa.ForeignKey("holds.id", ondelete="CASCADE")),
        sa.Column("block_id", sa.Integer, sa.ForeignKey("blocks.id", ondelete="CASCADE")),
        sa.CheckConstraint("starts_at < ends_at", name="occupations_in_order"),
        sa.CheckConstraint("kind in ('therapist', 'room')", name="occupations_kind"),
        sa.CheckConstraint(
            "case when appointment_id is null then 0 else 1 end"
            " + case when hold_id is null then 0 else 1 end"
            " + case when block_id is null then 0 else 1 end = 1",
            name="occupations_belong",
        ),
    )
    op.create_index("occupations_by_resource", "occupations", ["kind", "resource", "starts_at"])
    op.create_index("occupations_by_start", "occupations", ["starts_at"])
    for owner in ("appointment", "hold", "block"):
        op.create_index(f"occupations_by_{owner}", "occupations", [f"{owner}_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("call_sid", sa.String(64)),
        sa.Column("tool_call_id", sa.String(128)),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id")),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id")),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.UniqueConstraint("call_sid", "tool_call_id", "action", name="audit_once_per_tool_call"),
    )
    op.create_index("audit_by_appointment", "audit", ["appointment_id"])
