"""A pack's folder, read without trusting it: no links that lead out, no huge files, nothing but UTF-8 text."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from lms.courses.packs.faults import FaultList

MAX_FILE_BYTES = 1024 * 1024
MAX_FILES = 2000
_BOM = "\ufeff"


@dataclass(slots=True)
class PackFolder:
    """The readable files of a pack by their relative names; what cannot be read is a fault."""

    root: Path
    faults: FaultList
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        real_root = self.root.resolve()
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(name for name in folders if self._belongs(Path(folder, name), real_root))
            self.names += [
                self._name(Path(folder, name)) for name in sorted(files) if self._belongs(Path(folder, name), real_root)
            ]
            if len(self.names) > MAX_FILES:
                self.faults.error(".", 1, f"The folder holds more than {MAX_FILES} files: is it a course pack?")
                self.names.clear()
                return

    def _name(self, path: Path) -> str:
        return os.fsencode(path.relative_to(self.root).as_posix()).decode("utf-8", "replace")

    def _belongs(self, path: Path, real_root: Path) -> bool:
        # Version control, the desktop's own files and editors' copies are no business of the pack.
        if path.name.startswith(".") or path.name.endswith("~"):
            return False
        if path.is_symlink() and not path.resolve().is_relative_to(real_root):
            self.faults.error(
                self._name(path), 1, "This link leads out of the pack: put a copy of the file here instead."
            )
            return False
        mode = path.stat().st_mode if path.exists() else 0
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            self.faults.error(self._name(path), 1, "This is not a file that can be read: remove it.")
            return False
        return True

    def read(self, name: str) -> str | None:
        """A file's text with ``\\n`` line ends, or ``None`` (and a fault) where it is no text."""
        path = self.root / name
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 1024
            self.faults.error(name, 1, f"The file has {size // 1024} kB; {limit} kB are allowed: is it the right file?")
            return None
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.faults.error(name, line, "The file is not UTF-8 from here on: save it again with the encoding UTF-8.")
            return None
        return self._tidy(name, text)

    def _tidy(self, name: str, text: str) -> str | None:
        if text.startswith(_BOM):
            self.faults.warn(name, 1, "The file begins with a byte order mark: save it as “UTF-8 without BOM”.")
            text = text.removeprefix(_BOM)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        for number, line in enumerate(text.split("\n"), start=1):
            if any(character < " " and character != "\t" for character in line):
                self.faults.error(name, number, "This line holds a control character: type the line again.")
                return None
            if "\t" in line:
                return self._refuse_tab(name, number, text)
        return text

    def _refuse_tab(self, name: str, line: int, text: str) -> str | None:
        if not name.endswith(".yaml"):
            self.faults.warn(name, line, "This line holds a tab: use spaces, which look the same everywhere.")
            return text
        self.faults.error(name, line, "This line holds a tab: YAML needs spaces, two for each step.")
        return None
