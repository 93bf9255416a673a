"""the marking room: several markings of a submission, who marks what, comments kept, sheets read back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'a6marking06'
down_revision = 'a5handing05'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until now every marking was the only one of its submission: it is the first.
    with op.batch_alter_table('assessments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('role', sa.String(length=10), nullable=False, server_default='first'))
        batch_op.add_column(sa.Column('whole_changed_in', sa.Integer(), nullable=False, server_default='0'))
        batch_op.drop_constraint('uq_assessments_submission_id', type_='unique')
        batch_op.create_unique_constraint('uq_assessments_submission_id_role', ['submission_id', 'role'])
    with op.batch_alter_table('assessments', schema=None) as batch_op:
        batch_op.alter_column('role', server_default=None)
        batch_op.alter_column('whole_changed_in', server_default=None)
    with op.batch_alter_table('criterion_scores', schema=None) as batch_op:
        batch_op.add_column(sa.Column('changed_in', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('criterion_scores', schema=None) as batch_op:
        batch_op.alter_column('changed_in', server_default=None)
    op.execute('UPDATE assessments SET whole_changed_in = revision')
    op.execute(
        'UPDATE criterion_scores SET changed_in ='
        ' (SELECT revision FROM assessments WHERE assessments.id = criterion_scores.assessment_id)'
    )

    op.create_table('marking_schemes',
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.Column('second', sa.String(length=10), nullable=False),
    sa.Column('third_from', sa.Integer(), nullable=False),
    sa.Column('is_anonymous', sa.Boolean(), nullable=False),
    sa.Column('code_key', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_marking_schemes_assignment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('assignment_id', name=op.f('pk_marking_schemes'))
    )
    op.create_table('allocations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=True),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('marker_id', sa.Integer(), nullable=True),
    sa.Column('why', sa.String(length=20), nullable=False),
    sa.Column('allocated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(enrolment_id IS NULL) != (group_id IS NULL)', name=op.f('ck_allocations_person_or_group')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_allocations_assignment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_allocations_enrolment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_allocations_group_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['marker_id'], ['people.id'], name=op.f('fk_allocations_marker_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allocations')),
    sa.UniqueConstraint('assignment_id', 'enrolment_id', 'role', name=op.f('uq_allocations_assignment_id_enrolment_id_role')),
    sa.UniqueConstraint('assignment_id', 'group_id', 'role', name=op.f('uq_allocations_assignment_id_group_id_role'))
    )
    with op.batch_alter_table('allocations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_allocations_enrolment_id'), ['enrolment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_allocations_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_allocations_marker_id'), ['marker_id'], unique=False)
    op.create_table('marking_presences',
    sa.Column('submission_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_marking_presences_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['submission_id'], ['submissions.id'], name=op.f('fk_marking_presences_submission_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('submission_id', 'role', 'person_id', name=op.f('pk_marking_presences'))
    )
    op.create_table('bank_comments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Integer(), nullable=True),
    sa.Column('criterion_key', sa.String(length=80), nullable=False),
    sa.Column('text', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_bank_comments_course_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['created_by_id'], ['people.id'], name=op.f('fk_bank_comments_created_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name=op.f('fk_bank_comments_edition_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_comments'))
    )
    with op.batch_alter_table('bank_comments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bank_comments_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bank_comments_edition_id'), ['edition_id'], unique=False)
    op.create_table('marking_sheet_previews',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_marking_sheet_previews_assignment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['created_by_id'], ['people.id'], name=op.f('fk_marking_sheet_previews_created_by_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marking_sheet_previews'))
    )


def downgrade() -> None:
    op.drop_table('marking_sheet_previews')
    op.drop_table('bank_comments')
    op.drop_table('marking_presences')
    op.drop_table('allocations')
    op.drop_table('marking_schemes')
    with op.batch_alter_table('criterion_scores', schema=None) as batch_op:
        batch_op.drop_column('changed_in')
    # One marking a submission: the one that counted stays, under the constraint that was there before.
    op.execute("DELETE FROM participations WHERE assessment_id IN (SELECT id FROM assessments WHERE role <> 'first')")
    op.execute("DELETE FROM criterion_scores WHERE assessment_id IN (SELECT id FROM assessments WHERE role <> 'first')")
    op.execute("DELETE FROM assessments WHERE role <> 'first'")
    with op.batch_alter_table('assessments', schema=None) as batch_op:
        batch_op.drop_constraint('uq_assessments_submission_id_role', type_='unique')
        batch_op.create_unique_constraint('uq_assessments_submission_id', ['submission_id'])
        batch_op.drop_column('whole_changed_in')
        batch_op.drop_column('role')
