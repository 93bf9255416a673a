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
    op.create_index("ix_notices_person_id_created_at", "notices", ["person_id", "created_at"])
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
    op.create_table(
        "edition_dates",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(20), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name="fk_edition_dates_edition_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("edition_id", "feature", "key", name="pk_edition_dates"),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_calendar_feeds_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name="pk_calendar_feeds"),
    )
    with op.batch_alter_table("live_sessions") as batch:
        batch.add_column(sa.Column("material", sa.String(500), nullable=False, server_default=""))
        batch.add_column(sa.Column("recording", sa.String(500), nullable=False, server_default=""))
        batch.add_column(sa.Column("recording_bytes", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("minimum_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_check_constraint(op.f("ck_live_sessions_minimum_not_negative"), "minimum_minutes >= 0")
    with op.batch_alter_table("live_sessions") as batch:
        for name in ("material", "recording", "minimum_minutes", "sequence"):
            batch.alter_column(name, server_default=None)
    op.create_table(
        "attendances",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["live_sessions.id"], name="fk_attendances_session_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name="fk_attendances_enrolment_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "enrolment_id", name="pk_attendances"),
    )
    op.create_index("ix_attendances_enrolment_id", "attendances", ["enrolment_id"])
    op.create_table(
        "attendance_sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("visitors", sa.JSON(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["live_sessions.id"], name="fk_attendance_sheets_session_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["people.id"], name="fk_attendance_sheets_created_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attendance_sheets"),
    )
    op.create_index("ix_attendance_sheets_session_id", "attendance_sheets", ["session_id"])
    op.create_index("ix_attendance_sheets_digest", "attendance_sheets", ["digest"])


def downgrade() -> None:
    op.drop_table("attendance_sheets")
    op.drop_table("attendances")
    with op.batch_alter_table("live_sessions") as batch:
        batch.drop_constraint(op.f("ck_live_sessions_minimum_not_negative"), type_="check")
        for name in ("cancelled_at", "sequence", "minimum_minutes", "recording_bytes", "recording", "material"):
            batch.drop_column(name)
    op.drop_table("calendar_feeds")
    op.drop_table("edition_dates")
    op.drop_table("notice_preferences")
    op.drop_table("notices")
