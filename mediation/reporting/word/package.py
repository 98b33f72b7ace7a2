"""A Word document as bytes: the same for the same document, and with no trace of who made it."""

from __future__ import annotations

import io
import zipfile

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

from mediation.reporting.word.markup import safe

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_DATES = ("dcterms:created", "dcterms:modified")
# What Word 2013 and later do; without it the file opens as one of an older Word.
_WORD = "15"


def set_properties(document: Document, title: str, subject: str) -> None:
    """Give a document its title and language, and take out author, dates and preview.

    Parameters
    ----------
    document : Document
    title, subject : str
    """
    core = document.core_properties
    core.title, core.subject, core.language = safe(title)[:255], safe(subject)[:255], "en-US"
    core.author, core.comments, core.last_modified_by = "", "", ""
    for name in _DATES:
        found = core._element.find(qn(name))
        if found is not None:
            core._element.remove(found)
    relations = document.part.package.rels
    for key in [k for k, each in relations.items() if each.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del relations[key]
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), _WORD)


def document_bytes(document: Document) -> bytes:
    """Turn a document into a file, the same at any time and on any machine.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
    """
    made, fixed = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = 0
            # Pictures are compressed already.
            stored = name.endswith(".png")
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
