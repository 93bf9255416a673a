"""notices, their preferences, live sessions' calendar"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'n9notice09'
down_revision = 'c8forums08'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
