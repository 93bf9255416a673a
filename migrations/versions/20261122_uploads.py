"""uploads that resume"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'u0uploads10'
down_revision = 'n9notice09'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
