"""Documents without what their programs noted of their authors: names in properties, comments and tracked changes.

What stands on the page stays: a title page with a name is seen, and the marking room shows the words without it.
"""

from __future__ import annotations

import io
import re
import zipfile

from flask_babel import gettext as _

from lms.core.errors import RuleViolation

# Parts of an office document that hold nothing but properties; without them it opens all the same.
_EMPTIED = {
    "docProps/core.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "docProps/app.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
    "docProps/custom.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>',
    "word/people.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"/>',
    "meta.xml": b'<?xml version="1.0" encoding="UTF-8"?><office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2"><office:meta/></office:document-meta>',
}
# A picture of the first page, and who signed.
_LEFT_OUT = re.compile(r"^(docProps/thumbnail|Thumbnails/|_xmlsignatures/|META-INF/documentsignatures)")
_DOCX_AUTHOR = re.compile(rb'(\s\w+:(?:author|initials|userId|lastEditedBy))="[^"]*"')
_ODT_AUTHOR = re.compile(
    rb"(<(?:dc:creator|meta:creator-initials|text:author-\w+|text:initial-creator)[^>]*>)[^<]*(</)"
)


def without_author(content: bytes, kind: str) -> bytes:
    """The document without the names that its programs noted.

    Args:
        kind: ``docx``, ``odt`` or ``pdf``, as it was read when it was handed in.

    Raises:
        RuleViolation: if that cannot be done; the words can then still be read in place.
    """
    try:
        return _pdf(content) if kind == "pdf" else _office(content)
    except Exception as error:  # broken files raise nearly anything in the parsers
        raise RuleViolation(
            _("The names in this document cannot be taken out, so it is not given out. Read its words in the room.")
        ) from error


def _office(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            if _LEFT_OUT.match(entry.filename):
                continue
            data = _EMPTIED.get(entry.filename) or source.read(entry)
            if entry.filename.endswith(".xml"):
                data = _ODT_AUTHOR.sub(rb"\1\2", _DOCX_AUTHOR.sub(rb'\1=""', data))
            # OpenDocument wants its type first and not compressed; dates of entries would tell the time zone.
            clean = zipfile.ZipInfo(entry.filename)
            clean.compress_type = zipfile.ZIP_STORED if entry.filename == "mimetype" else zipfile.ZIP_DEFLATED
            target.writestr(clean, data)
    return out.getvalue()


def _pdf(content: bytes) -> bytes:
    # Imported here: the library takes longer to load than most pages to serve.
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import NameObject

    writer = PdfWriter()
    # Pages alone: properties, the description in XMP, attachments and signatures belong to the document.
    for page in PdfReader(io.BytesIO(content)).pages:
        kept = writer.add_page(page)
        for name in ("/Annots", "/Metadata", "/PieceInfo"):
            if name in kept:
                del kept[NameObject(name)]
    writer.metadata = None
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
