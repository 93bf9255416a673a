"""what assessment still needed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'e1assess11'
down_revision = 'u0uploads10'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
