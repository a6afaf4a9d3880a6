"""A page as a Word document, by python-docx; the same page gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from kg.errors import KgError
from kg.rendering.page import Kind, Page

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can hold


def write(page: Page) -> bytes:
    """The Word document of a page.

    Raises:
        KgError: KG-E0104 if python-docx is not installed, KG-E0704 for a character that XML cannot hold.
    """
    try:
        from docx import Document
        from docx.shared import Pt
    except ImportError:
        raise KgError(
            "KG-E0104", "python-docx is not installed", hint='pip install "terminology-kg[documents]"'
        ) from None
    document = Document()
    core = document.core_properties
    core.title, core.author, core.comments = page.title or page.id, "", ""
    # A fixed day, so that the same page gives the same bytes.
    core.created = core.modified = datetime(2000, 1, 1)  # noqa: DTZ001  Word's times have no zone
    try:
        for block in page.blocks:
            if block.level:
                document.add_heading(block.text, level=block.level)
                continue
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(4)
            run = paragraph.add_run(block.text)
            run.bold = block.kind in (Kind.CODE, Kind.VARIANT)
            if block.kind in (Kind.CODE, Kind.CONNECTIVE):
                paragraph.paragraph_format.left_indent = Pt(12)
    except ValueError:
        raise KgError("KG-E0704", "a control character, which Word documents cannot hold") from None
    made = io.BytesIO()
    document.save(made)
    return _timeless(made.getvalue())


def _timeless(data: bytes) -> bytes:
    """A zip file with the times of its members taken away."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()
