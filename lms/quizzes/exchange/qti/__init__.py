"""QTI 2.1 and 2.2: content packages and single items.

Source: IMS Question and Test Interoperability 2.1, Assessment Test, Section and Item Information Model, and IMS Content
Packaging 1.1.
"""

from lms.quizzes.exchange.qti.reader import read_qti
from lms.quizzes.exchange.qti.writer import losses_in_qti, write_qti

__all__ = ["losses_in_qti", "read_qti", "write_qti"]
