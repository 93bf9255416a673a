"""Course packs: a course as a folder of files, read with every fault named, and written back. Format: docs/course-packs.md.

Needs no app and no database. Its sentences are for authors at a command line and stay in English.
"""

from lms.courses.packs.faults import Fault, Severity
from lms.courses.packs.reader import PackReading, read_pack
from lms.courses.packs.writer import write_pack

__all__ = ["Fault", "PackReading", "Severity", "read_pack", "write_pack"]
