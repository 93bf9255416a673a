"""discussions, posts, subscriptions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'c8forums08'
down_revision = 'g7gradebk07'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
