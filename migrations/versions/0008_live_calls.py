"""Who at the front desk took a call while it went on.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nobody did, so far."""
    op.add_column("calls", sa.Column("wanted_by", sa.String(64)))
