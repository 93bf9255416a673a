"""A good small pack in a folder, to be broken one fault at a time."""

from __future__ import annotations

from pathlib import Path

from lms.courses.packs import Fault, PackReading, read_pack, write_pack
from tests.factories import small_course


class PackFolder:
    """The small course with two modules, written to a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_pack(small_course(modules=2), folder)

    def path(self, name: str) -> Path:
        return self.folder / name

    def text(self, name: str) -> str:
        return self.path(name).read_text("utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the first occurrence; the file must hold it."""
        text = self.text(name)
        assert old in text, f"{name} does not hold {old!r}"
        self.path(name).write_text(text.replace(old, new, 1), "utf-8")

    def add(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text, "utf-8")

    def line_of(self, name: str, fragment: str) -> int:
        """The line on which a fragment stands first."""
        lines = self.text(name).split("\n")
        return next(number for number, line in enumerate(lines, start=1) if fragment in line)

    def read(self) -> PackReading:
        return read_pack(self.folder)

    def faults(self) -> tuple[Fault, ...]:
        return self.read().faults
