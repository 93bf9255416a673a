"""regrades and voided questions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'q3regrade03'
down_revision = 'q2engine002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('attempts') as batch:
        batch.add_column(sa.Column('counted_questions', sa.Integer(), nullable=True))
    op.create_table(
        'quiz_regrades',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('quiz_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('nobody_loses', sa.Boolean(), nullable=False),
        sa.Column('reason', sa.String(length=500), nullable=False),
        sa.Column('seal', sa.String(length=32), nullable=False),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('applied_by_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['quiz_id'], ['quizzes.id'], name=op.f('fk_quiz_regrades_quiz_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(
            ['applied_by_id'], ['people.id'], name=op.f('fk_quiz_regrades_applied_by_id'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_quiz_regrades')),
        sa.UniqueConstraint('quiz_id', 'number', name=op.f('uq_quiz_regrades_quiz_id_number')),
    )
    op.create_table(
        'quiz_rulings',
        sa.Column('regrade_id', sa.Integer(), nullable=False),
        sa.Column('question_version_id', sa.Integer(), nullable=False),
        sa.Column('treatment', sa.String(length=10), nullable=False),
        sa.Column('marked_under_id', sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(treatment = 'newest') = (marked_under_id IS NOT NULL)", name=op.f('ck_quiz_rulings_marked_under')
        ),
        sa.ForeignKeyConstraint(
            ['regrade_id'], ['quiz_regrades.id'], name=op.f('fk_quiz_rulings_regrade_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['question_version_id'], ['question_versions.id'], name=op.f('fk_quiz_rulings_question_version_id')
        ),
        sa.ForeignKeyConstraint(
            ['marked_under_id'], ['question_versions.id'], name=op.f('fk_quiz_rulings_marked_under_id')
        ),
        sa.PrimaryKeyConstraint('regrade_id', 'question_version_id', name=op.f('pk_quiz_rulings')),
    )
    op.create_table(
        'regraded_attempts',
        sa.Column('regrade_id', sa.Integer(), nullable=False),
        sa.Column('attempt_id', sa.Integer(), nullable=False),
        sa.Column('right_before', sa.String(length=40), nullable=False),
        sa.Column('questions_before', sa.Integer(), nullable=False),
        sa.Column('right_after', sa.String(length=40), nullable=False),
        sa.Column('questions_after', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['regrade_id'], ['quiz_regrades.id'], name=op.f('fk_regraded_attempts_regrade_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['attempt_id'], ['attempts.id'], name=op.f('fk_regraded_attempts_attempt_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('regrade_id', 'attempt_id', name=op.f('pk_regraded_attempts')),
    )
    op.create_index(op.f('ix_regraded_attempts_attempt_id'), 'regraded_attempts', ['attempt_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_regraded_attempts_attempt_id'), table_name='regraded_attempts')
    op.drop_table('regraded_attempts')
    op.drop_table('quiz_rulings')
    op.drop_table('quiz_regrades')
    with op.batch_alter_table('attempts') as batch:
        batch.drop_column('counted_questions')
