"""A page as PDF with a text layer, by reportlab; the same page gives the same bytes."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

from kg.errors import KgError
from kg.rendering.page import Kind, Page

_SIZES = {1: 16.0, 2: 13.0, 3: 11.0}


def write(page: Page) -> bytes:
    """The PDF of a page, A4, in Helvetica.

    Raises:
        KgError: KG-E0104 if reportlab is not installed, KG-E0704 for a character outside Windows-1252, which is all
            that the built-in fonts of PDF have.
    """
    try:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate
    except ImportError:
        raise KgError(
            "KG-E0104", "reportlab is not installed", hint='pip install "terminology-kg[documents]"'
        ) from None
    text = "".join(block.text for block in page.blocks)
    outside = sorted({c for c in text if c not in "\n\t" and not _has(c)})
    if outside:
        told = ", ".join(f"U+{ord(c):04X}" for c in outside[:5])
        raise KgError("KG-E0704", f"characters that the fonts of a PDF lack: {told}", hint="Write HTML or DOCX.")
    grey, blue = HexColor("#425563"), HexColor("#212b32")
    body = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=4, textColor=blue)
    styles = {
        kind: ParagraphStyle(
            kind.value,
            parent=body,
            fontName="Helvetica-Bold" if kind in (Kind.CODE, Kind.VARIANT) else "Helvetica",
            leftIndent=12 if kind in (Kind.CODE, Kind.CONNECTIVE) else 0,
            textColor=grey if kind is Kind.CONNECTIVE else blue,
            spaceBefore=8 if kind in (Kind.VARIANT, Kind.LEAD) else 0,
            keepWithNext=kind in (Kind.VARIANT, Kind.LEAD),
        )
        for kind in Kind
    }
    heads = {
        level: ParagraphStyle(
            f"h{level}",
            parent=body,
            fontName="Helvetica-Bold",
            fontSize=size,
            leading=size * 1.3,
            spaceBefore=size,
            spaceAfter=6,
            keepWithNext=1,
        )
        for level, size in _SIZES.items()
    }
    story: list[Flowable] = [
        Paragraph(escape(b.text), heads[min(b.level, 3)] if b.level else styles[b.kind]) for b in page.blocks
    ]
    made = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 56)
    template = SimpleDocTemplate(
        made, pagesize=A4, title=page.title or page.id, author="", lang="en-GB", invariant=1, **margins
    )
    template.build(story)
    return made.getvalue()


def _has(character: str) -> bool:
    try:
        return character.isprintable() and bool(character.encode("cp1252"))
    except UnicodeEncodeError:
        return False
