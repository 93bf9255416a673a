"""history, amendments and locks of the gradebook"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = 'g7gradebk07'
down_revision = 'a6marking06'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('grade_entries') as batch:
        batch.add_column(sa.Column('reason_code', sa.String(length=40), nullable=False, server_default=''))
    with op.batch_alter_table('grade_entries') as batch:
        batch.alter_column('reason_code', server_default=None)
    op.create_table(
        'grade_summaries',
        sa.Column('enrolment_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('waiting', sa.Integer(), nullable=False),
        sa.Column('done', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_grade_summaries_enrolment_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('enrolment_id', name=op.f('pk_grade_summaries')),
    )
    _sum_up()
    op.create_table(
        'amendments',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('edition_id', sa.Integer(), nullable=False),
        sa.Column('enrolment_id', sa.Integer(), nullable=False),
        sa.Column('entry_id', sa.Integer(), nullable=True),
        sa.Column('scheme_version_id', sa.Integer(), nullable=True),
        sa.Column('total_before', sa.Integer(), nullable=False),
        sa.Column('total_after', sa.Integer(), nullable=False),
        sa.Column('status_before', sa.String(length=40), nullable=False),
        sa.Column('status_after', sa.String(length=40), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recorded_by_id', sa.Integer(), nullable=True),
        sa.CheckConstraint('(entry_id IS NULL) != (scheme_version_id IS NULL)', name=op.f('ck_amendments_line_or_scheme')),
        sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name=op.f('fk_amendments_edition_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_amendments_enrolment_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['entry_id'], ['grade_entries.id'], name=op.f('fk_amendments_entry_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['scheme_version_id'], ['scheme_versions.id'], name=op.f('fk_amendments_scheme_version_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['recorded_by_id'], ['people.id'], name=op.f('fk_amendments_recorded_by_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_amendments')),
        sa.UniqueConstraint('entry_id', name=op.f('uq_amendments_entry_id')),
    )
    op.create_index('ix_amendments_edition_id_id', 'amendments', ['edition_id', 'id'])
    op.create_index(op.f('ix_amendments_enrolment_id'), 'amendments', ['enrolment_id'])
    op.create_table(
        'mark_sheets',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('edition_id', sa.Integer(), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('file_name', sa.String(length=255), nullable=False),
        sa.Column('reason', sa.String(length=500), nullable=False),
        sa.Column('lines', sa.JSON(), nullable=False),
        sa.Column('unused', sa.JSON(), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('result', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name=op.f('fk_mark_sheets_edition_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['created_by_id'], ['people.id'], name=op.f('fk_mark_sheets_created_by_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_mark_sheets')),
    )
    op.create_index(op.f('ix_mark_sheets_edition_id'), 'mark_sheets', ['edition_id'])


def _sum_up() -> None:
    """Add up the lines that hold, for everybody who has any."""
    connection = op.get_bind()
    required = set()
    documents = connection.execute(sa.text('SELECT edition_id, document FROM scheme_versions ORDER BY number')).all()
    schemes = {edition_id: document if isinstance(document, dict) else json.loads(document) for edition_id, document in documents}
    for item_id, edition_id, key in connection.execute(sa.text('SELECT id, edition_id, key FROM grade_items')).all():
        plans = {plan['key']: plan for plan in schemes.get(edition_id, {}).get('items', [])}
        if plans.get(key, {}).get('required', True):
            required.add(item_id)
    lines = connection.execute(sa.text(
        'SELECT enrolment_id, item_id, state, points, is_complete FROM grade_entries ORDER BY enrolment_id, item_id, sequence'
    )).all()
    latest = {(enrolment_id, item_id): line for enrolment_id, item_id, *line in lines}
    sums: dict[int, list[int]] = {}
    for (enrolment_id, item_id), (state, points, is_complete) in latest.items():
        total = sums.setdefault(enrolment_id, [0, 0, 0])
        total[0] += points or 0
        total[1] += state == 'submitted'
        total[2] += item_id in required and (state == 'excused' or (state == 'marked' and bool(is_complete)))
    table = sa.table('grade_summaries', *(sa.column(name) for name in ('enrolment_id', 'total', 'waiting', 'done')))
    rows = [{'enrolment_id': who, 'total': t, 'waiting': w, 'done': d} for who, (t, w, d) in sums.items()]
    if rows:
        op.bulk_insert(table, rows)


def downgrade() -> None:
    op.drop_table('mark_sheets')
    op.drop_table('amendments')
    op.drop_table('grade_summaries')
    with op.batch_alter_table('grade_entries') as batch:
        batch.drop_column('reason_code')
