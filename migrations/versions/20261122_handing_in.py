"""late work, versions and similarity"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'a5handing05'
down_revision = 'g4groups004'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "penalty_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("is_waived", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(enrolment_id IS NULL) != (group_id IS NULL)", name=op.f("ck_penalty_decisions_person_or_group")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_penalty_decisions_assignment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_penalty_decisions_enrolment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_penalty_decisions_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_penalty_decisions_decided_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_penalty_decisions")),
    )
    op.create_index("ix_penalty_decisions_assignment_id", "penalty_decisions", ["assignment_id"])
    op.create_table(
        "similarity_searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("pairs_to_compare", sa.Integer(), nullable=False),
        sa.Column("pairs_compared", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_similarity_searches_assignment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_similarity_searches_asked_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_similarity_searches")),
    )
    op.create_index(op.f("ix_similarity_searches_assignment_id"), "similarity_searches", ["assignment_id"])
    op.create_table(
        "similar_pairs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("left_id", sa.Integer(), nullable=False),
        sa.Column("right_id", sa.Integer(), nullable=False),
        sa.Column("shared_words", sa.Integer(), nullable=False),
        sa.Column("left_words", sa.Integer(), nullable=False),
        sa.Column("right_words", sa.Integer(), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["similarity_searches.id"], name=op.f("fk_similar_pairs_search_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["left_id"], ["submissions.id"], name=op.f("fk_similar_pairs_left_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["right_id"], ["submissions.id"], name=op.f("fk_similar_pairs_right_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_similar_pairs")),
        sa.UniqueConstraint(
            "search_id", "left_id", "right_id", name=op.f("uq_similar_pairs_search_id_left_id_right_id")
        ),
    )
    op.create_index("ix_similar_pairs_search_id_shared_words", "similar_pairs", ["search_id", "shared_words"])
    with op.batch_alter_table("file_texts") as batch:
        batch.add_column(sa.Column("html", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("fault", sa.String(length=20), nullable=False, server_default=""))
    with op.batch_alter_table("file_texts") as batch:
        batch.alter_column("html", server_default=None, existing_type=sa.Text(), existing_nullable=False)
        batch.alter_column("fault", server_default=None, existing_type=sa.String(length=20), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("file_texts") as batch:
        batch.drop_column("fault")
        batch.drop_column("html")
    op.drop_table("similar_pairs")
    op.drop_table("similarity_searches")
    op.drop_table("penalty_decisions")
