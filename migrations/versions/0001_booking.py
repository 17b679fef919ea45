"""The appointment book.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from database import UtcDateTime

revision = "0001"
down_revision = None

# What SQLite checks before it writes an occupation. The first bound lets it look at one day of
# the index only: the constraint occupations_length keeps every occupation within a day.
OVERLAP = """
    SELECT RAISE(ABORT, 'occupations_no_overlap') WHERE EXISTS (
        SELECT 1 FROM occupations AS other
        WHERE other.kind = NEW.kind AND other.resource = NEW.resource
        AND other.id IS NOT NEW.id
        AND other.starts_at > strftime('%Y-%m-%d %H:%M:%f', NEW.starts_at, '-1 day')
        AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
    );
"""


def upgrade() -> None:
    """Make the tables and what refuses a double booking."""
    _customers_and_appointments()
    _occupations()
    _waitlist_and_audit()
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
                f"CREATE TRIGGER occupations_no_overlap_{verb.lower()} BEFORE {verb} "
                f"ON occupations BEGIN {OVERLAP} "
                "SELECT RAISE(ABORT, 'occupations_length') "
                "WHERE julianday(NEW.ends_at) - julianday(NEW.starts_at) > 1.0; END"
            )


def _customers_and_appointments() -> None:
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
    op.create_table(
        "appointments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(12), nullable=False, unique=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("treatment", sa.String(100), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("held_until", UtcDateTime),
        sa.Column("therapists", sa.JSON, nullable=False),
        sa.Column("room", sa.String(100), nullable=False),
        sa.Column("price_cents", sa.Integer, nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("call_sid", sa.String(64)),
        sa.Column("tool_call_id", sa.String(128)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("call_sid", "tool_call_id", name="appointments_once_per_tool_call"),
        sa.CheckConstraint("starts_at < ends_at", name="appointments_in_order"),
    )
    op.create_index("appointments_by_customer", "appointments", ["customer_id", "starts_at"])
    op.create_index("appointments_by_start", "appointments", ["starts_at"])
    op.create_index("appointments_by_hold", "appointments", ["held_until"])


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
    op.create_table(
        "occupations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("resource", sa.String(100), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("appointment_id", sa.Integer, sa.ForeignKey("appointments.id")),
        sa.Column("block_id", sa.Integer, sa.ForeignKey("blocks.id")),
        sa.CheckConstraint("starts_at < ends_at", name="occupations_in_order"),
        sa.CheckConstraint("kind in ('therapist', 'room')", name="occupations_kind"),
    )
    op.create_index("occupations_by_resource", "occupations", ["kind", "resource", "starts_at"])
    op.create_index("occupations_by_start", "occupations", ["starts_at"])
    op.create_index("occupations_by_appointment", "occupations", ["appointment_id"])
    op.create_index("occupations_by_block", "occupations", ["block_id"])


def _waitlist_and_audit() -> None:
    op.create_table(
        "waitlist",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("treatment", sa.String(100), nullable=False),
        sa.Column("first_day", sa.String(10), nullable=False),
        sa.Column("last_day", sa.String(10), nullable=False),
        sa.Column("part_of_day", sa.String(16)),
        sa.Column("therapist", sa.String(100)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("offered_at", UtcDateTime),
        sa.Column("offered", sa.String(200)),
    )
    op.create_index("waitlist_by_treatment", "waitlist", ["treatment", "first_day"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("call_sid", sa.String(64)),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("audit_by_subject", "audit", ["subject", "subject_id"])
