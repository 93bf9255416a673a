"""Files: the bytes under a random key, the name only a label."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.db import db
from lms.core.files import StoredFile, label_of, read_file, store_file


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("essay.docx", "essay.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Amina\\essay.pdf", "essay.pdf"),
        ("تقرير نهائي.pdf", "تقرير نهائي.pdf"),
        ("essay.pdf.exe", "essay.pdf.exe"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("", "file"),
        ("folder/", "file"),
        ("..", ".."),
        ("x" * 300 + ".docx", "x" * 180 + ".docx"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_becomes_a_label_and_nothing_more(name, label) -> None:
    assert label_of(name) == label


@given(st.text(max_size=400))
def test_no_label_is_empty_long_or_holds_a_path(name) -> None:
    label = label_of(name)
    assert 0 < len(label) <= 200
    assert "/" not in label
    assert "\\" not in label
    assert label.isprintable()


def test_bytes_come_back_as_they_went_in(app, now) -> None:
    content = bytes(range(256)) * 10
    stored = store_file(content, name="../évil.bin", media_type="application/octet-stream", now=now, actor_id=None)
    assert read_file(stored) == content
    assert (stored.name, stored.size_bytes, len(stored.sha256)) == ("évil.bin", 2560, 64)


def test_the_same_name_twice_is_two_files(app, now) -> None:
    first = store_file(b"one", name="a.txt", media_type="text/plain", now=now, actor_id=None)
    second = store_file(b"two", name="a.txt", media_type="text/plain", now=now, actor_id=None)
    assert first.key != second.key
    assert (read_file(first), read_file(second)) == (b"one", b"two")


def test_no_file_on_the_disk_bears_a_persons_name_for_it(app, now) -> None:
    stored = store_file(b"x", name="../../secret.txt", media_type="text/plain", now=now, actor_id=None)
    root = app.extensions["storage"].root
    assert [path.name for path in root.rglob(f"{stored.key}*")] == [stored.key]
    assert not list(root.parent.rglob("*secret*"))


def test_a_rolled_back_row_leaves_no_row_without_its_file(app, now) -> None:
    store_file(b"x", name="a.txt", media_type="text/plain", now=now, actor_id=None)
    db.session.rollback()
    assert db.session.query(StoredFile).count() == 0


def test_forgetting_a_file_twice_is_no_error(app) -> None:
    storage = app.extensions["storage"]
    storage.write("abcdef", b"x")
    storage.delete("abcdef")
    storage.delete("abcdef")
    with pytest.raises(FileNotFoundError):
        storage.read("abcdef")
