"""notices, their preferences, live sessions' calendar"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'n9notice09'
down_revision = 'c8forums08'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("thing", sa.String(120), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("endpoint", sa.String(80), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("delivery", sa.String(10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_notices_person_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_notices_edition_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("person_id", "kind", "thing", name="uq_notices_person_id_kind_thing"),
    )
    op.create_index("ix_notices_edition_id", "notices", ["edition_id"])
    op.create_index("ix_notices_person_id_id", "notices", ["person_id", "id"])
    unread, daily = sa.text("read_at IS NULL"), sa.text("delivery = 'daily' AND mailed_at IS NULL")
    op.create_index("ix_notices_unread", "notices", ["person_id"], sqlite_where=unread, postgresql_where=unread)
    op.create_index("ix_notices_for_digest", "notices", ["person_id"], sqlite_where=daily, postgresql_where=daily)
    op.create_table(
        "notice_preferences",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("delivery", sa.String(10), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_notice_preferences_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "category", name="pk_notice_preferences"),
    )


def downgrade() -> None:
    op.drop_table("notice_preferences")
    op.drop_table("notices")
