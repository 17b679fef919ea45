"""Which calls were recorded.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """No call was, so far."""
    op.add_column(
        "calls", sa.Column("recorded", sa.Boolean, nullable=False, server_default=sa.false())
    )
