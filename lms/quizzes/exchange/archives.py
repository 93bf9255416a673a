"""ZIP files from outside: nothing is unpacked to a disk, and what is built to fill the memory is refused."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib

from lms.quizzes.exchange.report import N_, Refused, sentence

MAX_FILES = 25_000
MAX_TOTAL_BYTES = 100 * 1024 * 1024
MAX_FILE_BYTES = 20 * 1024 * 1024
# Text packs to a tenth or a twentieth; only emptiness packs to a hundredth.
MAX_RATIO = 100
_SMALL = 1024 * 1024


class Archive:
    """The files of a package by their path, read one by one."""

    def __init__(self, content: bytes) -> None:
        """Look at the list of files.

        Raises:
            Refused: for what is no ZIP, is encrypted, leads out of its folder, or unpacks to far too much.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
            raise Refused(sentence(N_("The ZIP file cannot be opened. Pack it again."))) from error
        if len(entries) > MAX_FILES:
            raise Refused(
                sentence(N_("The ZIP file holds more than %(count)s files. Divide it."), count=MAX_FILES), 413
            )
        if any(entry.flag_bits & 1 for entry in entries):
            raise Refused(sentence(N_("The ZIP file is locked with a password. Pack it without one.")))
        if any(map(_leads_out, entries)):
            raise Refused(sentence(N_("The ZIP file holds a path that leads out of its folder. It was not read.")))
        total = sum(entry.file_size for entry in entries)
        packed = max(1, sum(entry.compress_size for entry in entries))
        too_dense = total > _SMALL and total / packed > MAX_RATIO
        if total > MAX_TOTAL_BYTES or too_dense or any(entry.file_size > MAX_FILE_BYTES for entry in entries):
            raise Refused(sentence(N_("The ZIP file unpacks to far more than questions need. It was not read.")), 413)
        self._entries = {posixpath.normpath(entry.filename): entry for entry in entries}

    @property
    def paths(self) -> list[str]:
        """The paths of all files in the order of the package."""
        return list(self._entries)

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def read(self, path: str) -> bytes:
        """The bytes of a file, never more than its list promised.

        Raises:
            Refused: where the file is damaged or larger than it says.
        """
        entry = self._entries[path]
        try:
            with self._zip.open(entry) as file:
                content = file.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise Refused(sentence(N_("The file “%(name)s” in the ZIP file is damaged."), name=path[-100:])) from error
        if len(content) > entry.file_size:
            raise Refused(sentence(N_("The file “%(name)s” in the ZIP file is damaged."), name=path[-100:]))
        return content


def _leads_out(entry: zipfile.ZipInfo) -> bool:
    path = entry.filename
    is_link = entry.external_attr >> 16 & 0o170000 == 0o120000
    return is_link or path.startswith("/") or "\\" in path or ":" in path.split("/")[0] or ".." in path.split("/")
