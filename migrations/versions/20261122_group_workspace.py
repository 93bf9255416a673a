"""forming groups, their workspace and peer assessment"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'g4groups004'
down_revision = 'q3regrade03'
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def to(table: str, column: str, *, rule: str = "CASCADE") -> sa.ForeignKeyConstraint:
    target, _, name = table.partition(".")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{name}_{column}"), ondelete=rule)


def upgrade() -> None:
    with op.batch_alter_table("groups") as table:
        table.add_column(sa.Column("meeting_url", sa.String(500), nullable=False, server_default=""))
    with op.batch_alter_table("groups") as table:
        table.alter_column("meeting_url", server_default=None)
    op.create_table(
        "group_sign_ups",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("opens_at", INSTANT, nullable=False),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_group_sign_ups_closes_after_opening")),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_group_sign_ups_capacity_positive")),
        to("editions.group_sign_ups", "edition_id"),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_group_sign_ups")),
    )
    op.create_table(
        "draft_presences",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("deliverable_key", sa.String(80), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        to("assignments.draft_presences", "assignment_id"),
        to("groups.draft_presences", "group_id"),
        to("enrolments.draft_presences", "enrolment_id"),
        sa.PrimaryKeyConstraint(
            "assignment_id", "group_id", "deliverable_key", "enrolment_id", name=op.f("pk_draft_presences")
        ),
    )
    op.create_table(
        "group_posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("is_by_tutor", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.Column("asks_tutors", sa.Boolean(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        to("groups.group_posts", "group_id"),
        to("people.group_posts", "author_id", rule="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_posts")),
    )
    op.create_index("ix_group_posts_group", "group_posts", ["group_id", "id"])
    op.create_table(
        "peer_rounds",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("opens_at", INSTANT, nullable=False),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=True),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_peer_rounds_closes_after_opening")),
        to("assignments.peer_rounds", "assignment_id"),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_peer_rounds")),
    )
    op.create_table(
        "peer_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("reviewed_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("is_top_up", sa.Boolean(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=True),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("reviewer_id != reviewed_id", name=op.f("ck_peer_reviews_never_itself")),
        to("assignments.peer_reviews", "assignment_id"),
        to("groups.peer_reviews", "reviewer_id"),
        to("groups.peer_reviews", "reviewed_id"),
        to("submissions.peer_reviews", "submission_id"),
        to("enrolments.peer_reviews", "saved_by_id", rule="SET NULL"),
        to("enrolments.peer_reviews", "confirmed_by_id", rule="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_reviews")),
        sa.UniqueConstraint(
            "assignment_id",
            "reviewer_id",
            "reviewed_id",
            name=op.f("uq_peer_reviews_assignment_id_reviewer_id_reviewed_id"),
        ),
    )
    op.create_index(op.f("ix_peer_reviews_reviewer_id"), "peer_reviews", ["reviewer_id"])
    op.create_index(op.f("ix_peer_reviews_reviewed_id"), "peer_reviews", ["reviewed_id"])
    op.create_table(
        "contribution_ratings",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("rated_id", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("rated_at", INSTANT, nullable=False),
        sa.CheckConstraint("rater_id != rated_id", name=op.f("ck_contribution_ratings_never_oneself")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_contribution_ratings_rating_in_scale")),
        to("assignments.contribution_ratings", "assignment_id"),
        to("groups.contribution_ratings", "group_id"),
        to("enrolments.contribution_ratings", "rater_id"),
        to("enrolments.contribution_ratings", "rated_id"),
        sa.PrimaryKeyConstraint(
            "assignment_id", "group_id", "rater_id", "rated_id", name=op.f("pk_contribution_ratings")
        ),
    )


def downgrade() -> None:
    for table in (
        "contribution_ratings", "peer_reviews", "peer_rounds", "group_posts", "draft_presences", "group_sign_ups",
    ):  # fmt: skip
        op.drop_table(table)
    with op.batch_alter_table("groups") as table:
        table.drop_column("meeting_url")
