"""settings and accommodations of quizzes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'q2engine002'
down_revision = 'q1bank0001'
branch_labels = None
depends_on = None

# What the one word said of the three phases: while one may try again, after the last attempt, once it is closed.
PHASES = {
    'after_submit': ('judged', 'everything', 'everything'),
    'after_close': ('choice', 'choice', 'everything'),
    'never': ('choice', 'choice', 'choice'),
}
COLUMNS = ('review_submitted', 'review_used_up', 'review_closed')


def upgrade() -> None:
    with op.batch_alter_table('quizzes') as batch:
        for column in COLUMNS:
            batch.add_column(sa.Column(column, sa.String(length=12), nullable=False, server_default='everything'))
        batch.add_column(sa.Column('preset', sa.String(length=12), nullable=False, server_default='weekly'))
        batch.add_column(sa.Column('shuffle_questions', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column('draws', sa.JSON(), nullable=False, server_default='[]'))
        batch.add_column(sa.Column('for_groups', sa.Boolean(), nullable=False, server_default=sa.false()))
    names = sa.table('quizzes', sa.column('review'), *(sa.column(column) for column in COLUMNS))
    for word, shown in PHASES.items():
        op.execute(names.update().where(names.c.review == word).values(dict(zip(COLUMNS, shown, strict=True))))
    with op.batch_alter_table('quizzes') as batch:
        for column in (*COLUMNS, 'preset', 'shuffle_questions', 'draws', 'for_groups'):
            batch.alter_column(column, server_default=None)
        batch.drop_column('review')
    op.create_table(
        'quiz_groups',
        sa.Column('quiz_id', sa.Integer(), nullable=False),
        sa.Column('group_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['quiz_id'], ['quizzes.id'], name=op.f('fk_quiz_groups_quiz_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_quiz_groups_group_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('quiz_id', 'group_id', name=op.f('pk_quiz_groups')),
    )
    op.create_index(op.f('ix_quiz_groups_group_id'), 'quiz_groups', ['group_id'])
    op.create_table(
        'accommodations',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('quiz_id', sa.Integer(), nullable=False),
        sa.Column('enrolment_id', sa.Integer(), nullable=True),
        sa.Column('group_id', sa.Integer(), nullable=True),
        sa.Column('time_factor', sa.String(length=40), nullable=False),
        sa.Column('extra_attempts', sa.Integer(), nullable=False),
        sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('extension_id', sa.Integer(), nullable=True),
        sa.Column('reason', sa.String(length=500), nullable=False),
        sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('granted_by_id', sa.Integer(), nullable=True),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by_id', sa.Integer(), nullable=True),
        sa.Column('withdrawn_reason', sa.String(length=500), nullable=False),
        sa.CheckConstraint('(enrolment_id IS NULL) != (group_id IS NULL)', name=op.f('ck_accommodations_person_or_group')),
        sa.CheckConstraint('extra_attempts >= 0', name=op.f('ck_accommodations_attempts_not_negative')),
        sa.ForeignKeyConstraint(['quiz_id'], ['quizzes.id'], name=op.f('fk_accommodations_quiz_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_accommodations_enrolment_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_accommodations_group_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['extension_id'], ['extensions.id'], name=op.f('fk_accommodations_extension_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['granted_by_id'], ['people.id'], name=op.f('fk_accommodations_granted_by_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['withdrawn_by_id'], ['people.id'], name=op.f('fk_accommodations_withdrawn_by_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_accommodations')),
    )
    op.create_index(op.f('ix_accommodations_enrolment_id'), 'accommodations', ['enrolment_id'])
    op.create_index(op.f('ix_accommodations_group_id'), 'accommodations', ['group_id'])
    op.create_index('ix_accommodations_quiz_id_enrolment_id', 'accommodations', ['quiz_id', 'enrolment_id'])
    with op.batch_alter_table('attempts') as batch:
        batch.add_column(sa.Column('time_limit_minutes', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('time_factor', sa.String(length=40), nullable=True))
    # What was begun before is sat under the limit that its quiz has now.
    op.execute(
        "UPDATE attempts SET time_limit_minutes = (SELECT time_limit_minutes FROM quizzes WHERE quizzes.id = attempts.quiz_id)"
    )
    with op.batch_alter_table('responses') as batch:
        batch.add_column(sa.Column('displaced', sa.String(length=400), nullable=False, server_default=''))
    with op.batch_alter_table('responses') as batch:
        batch.alter_column('displaced', server_default=None)
    with op.batch_alter_table('late_packets') as batch:
        batch.add_column(sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column('accepted_by_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('accepted_reason', sa.String(length=500), nullable=False, server_default=''))
        batch.add_column(sa.Column('replaced', sa.JSON(), nullable=False, server_default='{}'))
        batch.create_foreign_key(
            op.f('fk_late_packets_accepted_by_id'), 'people', ['accepted_by_id'], ['id'], ondelete='SET NULL'
        )
    with op.batch_alter_table('late_packets') as batch:
        batch.alter_column('accepted_reason', server_default=None)
        batch.alter_column('replaced', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('late_packets') as batch:
        batch.drop_constraint(op.f('fk_late_packets_accepted_by_id'), type_='foreignkey')
        for column in ('replaced', 'accepted_reason', 'accepted_by_id', 'accepted_at'):
            batch.drop_column(column)
    with op.batch_alter_table('responses') as batch:
        batch.drop_column('displaced')
    with op.batch_alter_table('attempts') as batch:
        batch.drop_column('time_factor')
        batch.drop_column('time_limit_minutes')
    op.drop_table('accommodations')
    op.drop_table('quiz_groups')
    with op.batch_alter_table('quizzes') as batch:
        batch.add_column(sa.Column('review', sa.String(length=20), nullable=False, server_default='after_submit'))
    names = sa.table('quizzes', sa.column('review'), *(sa.column(column) for column in COLUMNS))
    op.execute(names.update().where(names.c.review_used_up == 'choice').values(review='after_close'))
    op.execute(names.update().where(names.c.review_closed == 'choice').values(review='never'))
    with op.batch_alter_table('quizzes') as batch:
        batch.alter_column('review', server_default=None)
        for column in (*COLUMNS, 'preset', 'shuffle_questions', 'draws', 'for_groups'):
            batch.drop_column(column)
