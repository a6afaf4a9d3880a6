"""Readers of formats: bytes to `Document`, one file a format. None of them knows codes.

A reader has `accepts(data, name)`, which looks at the content and not at the name, `read(data, name)`, and, if its
library is not part of every installation, `load(name)`. `docs/formats.md` tells what each takes.
"""

from __future__ import annotations

from pathlib import PurePath

from kg.errors import KgError, Place
from kg.guidance.page.document import Document
from kg.guidance.readers import bounded, docx, html, pdf, text
from kg.guidance.readers.bounded import LIMITS, Limits

_NOTHING = b" \t\r\n\x0b\x0c\xef\xbb\xbf\xfe\xff\x00"
# Formats whose libraries read what strangers wrote are read in a process of their own.
_BOUNDED = (pdf, docx, html)
_KNOWN_BY_START = (
    (b"PK\x03\x04", "an archive and no DOCX document"),
    (b"{\\rtf", "an RTF document"),
    (b"From: <Saved by", "a web archive"),
    (b"MIME-Version:", "a web archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def read(data: bytes, name: str, limits: Limits = LIMITS) -> Document:
    """The document of a file's bytes, by the first reader that accepts them.

    Raises:
        KgError: KG-E0202 (empty), KG-E0203 (not text), KG-E0208 (a kind of file that no reader knows), KG-E0104 (a
            reader that is not installed), KG-E0211 (encrypted), KG-E0212 (no text layer), KG-E0213 (damaged), KG-E0214
            (too much).
    """
    where = Place(name)
    # A strip of zero bytes alone is a file that was never written to; 4096 bytes tell.
    if not data[:4096].strip(_NOTHING) and not data.strip(_NOTHING):
        raise KgError("KG-E0202", "the file is empty", where=where)
    if data.startswith(_COMPOUND):
        if _ENCRYPTED_PACKAGE in data:
            hint = "Save the document without a password."
            raise KgError("KG-E0211", "the document is encrypted", where=where, hint=hint)
        what = "the file is an older Word document (.doc), which is not read"
        raise KgError("KG-E0208", what, where=where, hint="Save it as .docx.")
    for reader in _BOUNDED:
        if reader.accepts(data, name):
            return bounded.read(reader.__name__, data, name, limits)
    for start, kind in _KNOWN_BY_START:
        if data.startswith(start):
            what = f"the file is {kind}, which is not read"
            raise KgError("KG-E0208", what, where=where, hint="Save it as text, HTML, PDF or DOCX.")
    if text.accepts(data, name):
        return text.read(data, name)
    suffix = PurePath(name).suffix or "no suffix"
    named = suffix.lower() in {".docx", ".pdf"}
    what = f"the file is no {suffix[1:].upper()}, nor text" if named else f"the file is not text ({suffix})"
    hint = "Save it as text in UTF-8, HTML, PDF or DOCX."
    raise KgError("KG-E0203", what, where=where, why="It holds bytes that no text has.", hint=hint)
