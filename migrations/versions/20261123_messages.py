"""messages between participants and the teaching team"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'm1messages11'
down_revision = 'u0uploads10'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'messages',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('edition_id', sa.Integer(), nullable=False),
        sa.Column('author_id', sa.Integer(), nullable=True),
        sa.Column('is_by_team', sa.Boolean(), nullable=False),
        sa.Column('subject', sa.String(length=160), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('audience', sa.JSON(), nullable=True),
        sa.Column('has_open_work', sa.Boolean(), nullable=False),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('key', sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ['edition_id'], ['editions.id'], name=op.f('fk_messages_edition_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['author_id'], ['people.id'], name=op.f('fk_messages_author_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
        sa.UniqueConstraint('edition_id', 'author_id', 'key', name=op.f('uq_messages_edition_id_author_id_key')),
    )
    op.create_index('ix_messages_sent', 'messages', ['edition_id', 'sent_at'])
    op.create_table(
        'message_places',
        sa.Column('message_id', sa.Integer(), nullable=False),
        sa.Column('enrolment_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['message_id'], ['messages.id'], name=op.f('fk_message_places_message_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['enrolment_id'], ['enrolments.id'], name=op.f('fk_message_places_enrolment_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('message_id', 'enrolment_id', name=op.f('pk_message_places')),
    )
    op.create_index(op.f('ix_message_places_enrolment_id'), 'message_places', ['enrolment_id'])
    op.create_table(
        'conversations',
        sa.Column('enrolment_id', sa.Integer(), nullable=False),
        sa.Column('edition_id', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['enrolment_id'], ['enrolments.id'], name=op.f('fk_conversations_enrolment_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['edition_id'], ['editions.id'], name=op.f('fk_conversations_edition_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('enrolment_id', name=op.f('pk_conversations')),
    )
    op.create_index('ix_conversations_latest', 'conversations', ['edition_id', 'last_at'])
    op.create_index(
        'ix_conversations_waiting',
        'conversations',
        ['edition_id', 'waiting_since'],
        sqlite_where=sa.text('waiting_since IS NOT NULL'),
        postgresql_where=sa.text('waiting_since IS NOT NULL'),
    )


def downgrade() -> None:
    op.drop_table('conversations')
    op.drop_table('message_places')
    op.drop_table('messages')
