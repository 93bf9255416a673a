"""The peer assessment of a pack: read as it is written, and each fault named."""

from __future__ import annotations

from pathlib import Path

import pytest

from lms.courses.packs import write_pack
from tests.courses.pack_folder import PackFolder

GROUP = "assignments/group-work.yaml"
PEER = """\
peer:
  opens: day 33 08:00
  closes: day 38 23:59
  scale:
    - {en: Not yet, fr: Pas encore}
    - {en: Fully, fr: Pleinement}
  criteria:
    - key: clear
      title: {en: Clear, fr: Clair}
    - key: useful
      title: {en: Useful, fr: Utile}
    - key: honest
      title: {en: Honest, fr: Franc}
"""


@pytest.fixture
def pack(tmp_path: Path) -> PackFolder:
    """The small course with peer assessment of its group work."""
    found = PackFolder(tmp_path / "pack")
    found.add(GROUP, found.text(GROUP).rstrip("\n") + "\n" + PEER)
    return found


def test_a_peer_assessment_is_read_and_written_as_the_same(pack: PackFolder, tmp_path: Path) -> None:
    content = pack.read().content
    assert pack.faults() == ()
    assert content is not None
    peer = next(task for task in content.assignments if task.kind == "group").peer
    assert peer is not None
    assert (peer.reviews, peer.contribution, peer.item, len(peer.criteria)) == (2, True, "", 3)
    write_pack(content, tmp_path / "again")
    again = PackFolder.__new__(PackFolder)
    again.folder = tmp_path / "again"
    assert again.read().content == content


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("opens: day 33 08:00", "opens: day 30 08:00", "would open before the work is due"),
        ("closes: day 38 23:59", "closes: day 33 07:00", "would close before they open"),
        ("    - key: honest\n      title: {en: Honest, fr: Franc}\n", "", "3"),
        ("key: useful", "key: clear", "used twice"),
        ("  scale:", "  item: peer\n  scale:", "No item of kind peer"),
        ("closes: day 38 23:59", "closes: day 338 23:59", "later than day"),
    ],
)
def test_each_fault_of_a_peer_assessment_is_named(pack: PackFolder, old: str, new: str, words: str) -> None:
    text = pack.text(GROUP)
    begin = text.index("peer:")
    pack.add(GROUP, text[:begin] + text[begin:].replace(old, new, 1))
    faults = pack.faults()
    assert any(words in str(fault) for fault in faults), [str(fault) for fault in faults]


def test_an_item_of_kind_peer_belongs_to_a_peer_assessment(pack: PackFolder) -> None:
    item = "items:\n  - {key: peer, category: quizzes, kind: peer, title: {en: Peer, fr: Pairs}, maximum: 5}\n"
    pack.edit("grading.yaml", "items:\n", item)
    assert any("No assignment has “item: peer”" in str(fault) for fault in pack.faults())
    pack.edit(GROUP, "  scale:", "  item: peer\n  scale:")
    assert not any("peer" in str(fault) and "item" in str(fault).casefold() for fault in pack.faults())
