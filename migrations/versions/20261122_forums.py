"""discussions, posts, subscriptions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'c8forums08'
down_revision = 'g7gradebk07'
branch_labels = None
depends_on = None


INSTANT = sa.DateTime(timezone=True)


def to(table: str, column: str, *, rule: str = "CASCADE") -> sa.ForeignKeyConstraint:
    target, _, name = table.partition(".")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{name}_{column}"), ondelete=rule)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "forum_topics",
        number("id"),
        number("edition_id"),
        sa.Column("forum_key", sa.String(100), nullable=False),
        sa.Column("title", sa.String(160), nullable=False),
        number("author_id", nullable=True),
        sa.Column("is_by_tutor", sa.Boolean(), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("last_posted_at", INSTANT, nullable=False),
        sa.Column("hidden_at", INSTANT, nullable=True),
        to("editions.forum_topics", "edition_id"),
        to("people.forum_topics", "author_id", rule="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_topics")),
    )
    op.create_index("ix_forum_topics_place", "forum_topics", ["edition_id", "forum_key", "last_posted_at"])
    op.create_table(
        "forum_posts",
        number("id"),
        number("topic_id"),
        number("parent_id", nullable=True),
        number("author_id", nullable=True),
        sa.Column("is_by_tutor", sa.Boolean(), nullable=False),
        sa.Column("is_opening", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.Column("hidden_at", INSTANT, nullable=True),
        sa.Column("hidden_reason", sa.String(500), nullable=False),
        to("forum_topics.forum_posts", "topic_id"),
        to("forum_posts.forum_posts", "parent_id", rule="SET NULL"),
        to("people.forum_posts", "author_id", rule="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_posts")),
    )
    op.create_index("ix_forum_posts_topic", "forum_posts", ["topic_id", "id"])
    op.create_index(op.f("ix_forum_posts_parent_id"), "forum_posts", ["parent_id"])
    op.create_index(op.f("ix_forum_posts_posted_at"), "forum_posts", ["posted_at"])
    op.create_table(
        "forum_mentions",
        number("post_id"),
        number("person_id"),
        to("forum_posts.forum_mentions", "post_id"),
        to("people.forum_mentions", "person_id"),
        sa.PrimaryKeyConstraint("post_id", "person_id", name=op.f("pk_forum_mentions")),
    )
    op.create_index(op.f("ix_forum_mentions_person_id"), "forum_mentions", ["person_id"])
    op.create_table(
        "forum_post_revisions",
        number("id"),
        number("post_id"),
        sa.Column("title", sa.String(160), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        to("forum_posts.forum_post_revisions", "post_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_post_revisions")),
    )
    op.create_index(op.f("ix_forum_post_revisions_post_id"), "forum_post_revisions", ["post_id"])
    op.create_table(
        "forum_answers",
        number("topic_id"),
        number("post_id"),
        number("marked_by_id", nullable=True),
        sa.Column("marked_at", INSTANT, nullable=False),
        to("forum_topics.forum_answers", "topic_id"),
        to("forum_posts.forum_answers", "post_id"),
        to("people.forum_answers", "marked_by_id", rule="SET NULL"),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_forum_answers")),
    )
    op.create_index(op.f("ix_forum_answers_post_id"), "forum_answers", ["post_id"])
    op.create_table(
        "forum_reports",
        number("id"),
        number("post_id"),
        number("reporter_id", nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("reported_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        number("settled_by_id", nullable=True),
        to("forum_posts.forum_reports", "post_id"),
        to("people.forum_reports", "reporter_id", rule="SET NULL"),
        to("people.forum_reports", "settled_by_id", rule="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_reports")),
        sa.UniqueConstraint("post_id", "reporter_id", name=op.f("uq_forum_reports_post_id_reporter_id")),
    )
    op.create_table(
        "forum_reads",
        number("topic_id"),
        number("person_id"),
        sa.Column("read_until", INSTANT, nullable=False),
        to("forum_topics.forum_reads", "topic_id"),
        to("people.forum_reads", "person_id"),
        sa.PrimaryKeyConstraint("topic_id", "person_id", name=op.f("pk_forum_reads")),
    )
    op.create_index(op.f("ix_forum_reads_person_id"), "forum_reads", ["person_id"])
    op.create_table(
        "forum_subscriptions",
        number("edition_id"),
        sa.Column("forum_key", sa.String(100), nullable=False),
        number("person_id"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        to("editions.forum_subscriptions", "edition_id"),
        to("people.forum_subscriptions", "person_id"),
        sa.PrimaryKeyConstraint("edition_id", "forum_key", "person_id", name=op.f("pk_forum_subscriptions")),
    )
    op.create_index(op.f("ix_forum_subscriptions_person_id"), "forum_subscriptions", ["person_id"])
    op.create_table(
        "forum_topic_subscriptions",
        number("topic_id"),
        number("person_id"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        to("forum_topics.forum_topic_subscriptions", "topic_id"),
        to("people.forum_topic_subscriptions", "person_id"),
        sa.PrimaryKeyConstraint("topic_id", "person_id", name=op.f("pk_forum_topic_subscriptions")),
    )
    op.create_index(op.f("ix_forum_topic_subscriptions_person_id"), "forum_topic_subscriptions", ["person_id"])
    op.create_table(
        "forum_mail_choices",
        number("edition_id"),
        number("person_id"),
        sa.Column("delivery", sa.String(10), nullable=False),
        sa.Column("chosen_at", INSTANT, nullable=False),
        to("editions.forum_mail_choices", "edition_id"),
        to("people.forum_mail_choices", "person_id"),
        sa.PrimaryKeyConstraint("edition_id", "person_id", name=op.f("pk_forum_mail_choices")),
    )
    op.create_index(op.f("ix_forum_mail_choices_person_id"), "forum_mail_choices", ["person_id"])


def downgrade() -> None:
    for table in (
        "forum_mail_choices", "forum_topic_subscriptions", "forum_subscriptions", "forum_reads", "forum_reports",
        "forum_answers", "forum_post_revisions", "forum_mentions", "forum_posts", "forum_topics",
    ):  # fmt: skip
        op.drop_table(table)
