"""the question bank: tags, sources and pictures"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = 'q1bank0001'
down_revision = '0db5cde046de'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'question_tags',
        sa.Column('question_id', sa.Integer(), nullable=False),
        sa.Column('tag', sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ['question_id'], ['questions.id'], name=op.f('fk_question_tags_question_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('question_id', 'tag', name=op.f('pk_question_tags')),
    )
    with op.batch_alter_table('question_tags') as batch:
        batch.create_index(op.f('ix_question_tags_tag'), ['tag'])
    with op.batch_alter_table('questions') as batch:
        batch.alter_column('category', existing_type=sa.String(80), type_=sa.String(200), existing_nullable=False)
        batch.add_column(sa.Column('is_archived_by_hand', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='1'))
        batch.add_column(sa.Column('pack_digest', sa.String(length=64), nullable=True))
        batch.add_column(sa.Column('languages', sa.String(length=120), nullable=False, server_default=' '))
        batch.add_column(sa.Column('search_text', sa.Text(), nullable=False, server_default=''))
    with op.batch_alter_table('question_versions') as batch:
        batch.add_column(sa.Column('origin', sa.String(length=10), nullable=False, server_default='pack'))
        batch.add_column(sa.Column('note', sa.String(length=200), nullable=False, server_default=''))
    with op.batch_alter_table('quizzes') as batch:
        batch.add_column(sa.Column('is_composed', sa.Boolean(), nullable=False, server_default=sa.false()))
    _create_exchange()
    _describe_questions()
    _drop_defaults({
        'questions': ('is_archived_by_hand', 'revision', 'languages', 'search_text'),
        'question_versions': ('origin', 'note'),
        'quizzes': ('is_composed',),
    })


def _create_exchange() -> None:
    """Files of questions that wait to be confirmed, and the pictures that questions show."""
    op.create_table(
        'question_imports',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('course_id', sa.Integer(), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('file_name', sa.String(length=255), nullable=False),
        sa.Column('format', sa.String(length=20), nullable=False),
        sa.Column('language', sa.String(length=10), nullable=False),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['course_id'], ['courses.id'], name=op.f('fk_question_imports_course_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['created_by_id'], ['people.id'], name=op.f('fk_question_imports_created_by_id'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_question_imports')),
    )
    with op.batch_alter_table('question_imports') as batch:
        batch.create_index(op.f('ix_question_imports_course_id'), ['course_id'])
    op.create_table(
        'question_import_lines',
        sa.Column('import_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('plan', sa.String(length=10), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('file', sa.String(length=255), nullable=False),
        sa.Column('line', sa.Integer(), nullable=True),
        sa.Column('notes', sa.JSON(), nullable=False),
        sa.Column('document', sa.JSON(), nullable=True),
        sa.Column('has_own_key', sa.Boolean(), nullable=False),
        sa.Column('known_key', sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ['import_id'], ['question_imports.id'], name=op.f('fk_question_import_lines_import_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('import_id', 'position', name=op.f('pk_question_import_lines')),
    )
    with op.batch_alter_table('question_import_lines') as batch:
        batch.create_index('ix_question_import_lines_import_id_state', ['import_id', 'state'])
    op.create_table(
        'question_pictures',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('course_id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('file_id', sa.Integer(), nullable=False),
        sa.Column('import_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ['course_id'], ['courses.id'], name=op.f('fk_question_pictures_course_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['file_id'], ['stored_files.id'], name=op.f('fk_question_pictures_file_id')),
        sa.ForeignKeyConstraint(
            ['import_id'], ['question_imports.id'], name=op.f('fk_question_pictures_import_id'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_question_pictures')),
        sa.UniqueConstraint('course_id', 'digest', name=op.f('uq_question_pictures_course_id_digest')),
    )
    with op.batch_alter_table('question_pictures') as batch:
        batch.create_index('ix_question_pictures_digest', ['digest'])
        batch.create_index(op.f('ix_question_pictures_import_id'), ['import_id'])


def _drop_defaults(columns: dict[str, tuple[str, ...]]) -> None:
    for table, names in columns.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, server_default=None)


def _describe_questions() -> None:
    """Say of each question what its newest version holds. Until now every question came from a pack."""
    questions = sa.table(
        'questions', sa.column('id', sa.Integer), sa.column('pack_digest', sa.String),
        sa.column('languages', sa.String), sa.column('search_text', sa.Text),
    )
    versions = sa.table(
        'question_versions', sa.column('question_id', sa.Integer), sa.column('number', sa.Integer),
        sa.column('digest', sa.String), sa.column('document', sa.JSON),
    )
    connection = op.get_bind()
    newest = {
        row.question_id: row for row in connection.execute(sa.select(versions).order_by(versions.c.number)).all()
    }
    for question_id, version in newest.items():
        texts = list(_texts(version.document))
        codes = sorted({code for text in texts for code in text if code != 'und'})
        whole = [code for code in codes if all(text.get(code) or 'und' in text for text in texts)]
        words = '\n'.join(value for text in texts for value in text.values())
        values = {
            'pack_digest': version.digest, 'languages': f' {" ".join(whole)} ', 'search_text': _folded(words),
        }
        connection.execute(sa.update(questions).where(questions.c.id == question_id).values(values))


def _texts(document: dict) -> list:
    options = document.get('options', ())
    found = [document.get('stem'), document.get('feedback')]
    found += [option.get(name) for option in options for name in ('text', 'feedback')]
    return [text for text in found if text]


def _folded(text: str) -> str:
    letters = unicodedata.normalize('NFKD', text.casefold())
    return ' '.join(''.join(letter for letter in letters if not unicodedata.combining(letter)).split())


def downgrade() -> None:
    for name in ('question_pictures', 'question_import_lines', 'question_imports'):
        op.drop_table(name)
    with op.batch_alter_table('quizzes') as batch:
        batch.drop_column('is_composed')
    with op.batch_alter_table('question_versions') as batch:
        batch.drop_column('note')
        batch.drop_column('origin')
    with op.batch_alter_table('questions') as batch:
        for name in ('search_text', 'languages', 'pack_digest', 'revision', 'is_archived_by_hand'):
            batch.drop_column(name)
        batch.alter_column('category', existing_type=sa.String(200), type_=sa.String(80), existing_nullable=False)
    op.drop_table('question_tags')
