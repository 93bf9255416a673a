"""uploads that resume, and forms that were sent later"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'u0uploads10'
down_revision = 'n9notice09'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'taken_operations',
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('operation', sa.String(length=40), nullable=False),
        sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['person_id'], ['people.id'], name=op.f('fk_taken_operations_person_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('person_id', 'operation', name=op.f('pk_taken_operations')),
    )
    op.create_index(op.f('ix_taken_operations_taken_at'), 'taken_operations', ['taken_at'])
    op.create_table(
        'uploads',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('size_bytes', sa.Integer(), nullable=False),
        sa.Column('received_bytes', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('received_bytes <= size_bytes', name=op.f('ck_uploads_not_more_than_announced')),
        sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_uploads_person_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_uploads')),
        sa.UniqueConstraint('key', name=op.f('uq_uploads_key')),
    )
    op.create_index(op.f('ix_uploads_person_id'), 'uploads', ['person_id'])
    op.create_index(op.f('ix_uploads_created_at'), 'uploads', ['created_at'])
    op.create_table(
        'upload_pieces',
        sa.Column('upload_id', sa.Integer(), nullable=False),
        sa.Column('offset', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ['upload_id'], ['uploads.id'], name=op.f('fk_upload_pieces_upload_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('upload_id', 'offset', name=op.f('pk_upload_pieces')),
    )


def downgrade() -> None:
    op.drop_table('upload_pieces')
    op.drop_table('uploads')
    op.drop_table('taken_operations')
