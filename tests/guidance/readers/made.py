"""Documents made for tests by the libraries that others use: the same lines as text, web page, PDF and DOCX."""

import html
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import docx
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=13, spaceAfter=7)
HEADING = ParagraphStyle("heading", fontName="Helvetica-Bold", fontSize=15, leading=18, spaceAfter=10)

NAVIGATION = """<header><p>A site</p>
<nav><ul><li><a href="/">Home</a></li><li><a href="/g">Guidance</a></li></ul></nav></header>
<div class="cookie-banner" role="dialog"><p>This site keeps cookies.</p><button>Agree</button></div>"""


def as_html(lines: Sequence[str]) -> bytes:
    """A saved page: the first line is the heading; navigation and scripts stand around."""
    body = "\n".join(f"<p>{html.escape(line)}</p>" for line in lines[1:] if line)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{html.escape(lines[0])} | A site</title>
<script>var codes = "<p>X99.9</p>";</script><style>p {{ color: black }}</style></head><body>{NAVIGATION}
<main><h1>{html.escape(lines[0])}</h1>
{body}
</main><aside>See also</aside><footer>All rights</footer></body></html>""".encode()


def as_docx(lines: Sequence[str]) -> bytes:
    """A Word document: a heading and paragraphs."""
    made = docx.Document()
    made.add_heading(lines[0], 1)
    for line in lines[1:]:
        if line:
            made.add_paragraph(line)
    return saved(made)


def saved(made: Any) -> bytes:
    """The bytes of a document of python-docx."""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def as_pdf(lines: Sequence[str]) -> bytes:
    """A PDF: pages with a header and a numbered footer."""
    return flowed([Paragraph(html.escape(line), BODY if i else HEADING) for i, line in enumerate(lines) if line])


def flowed(story: Iterable[Flowable], *, columns: int = 1, footer: bool = True) -> bytes:
    """A PDF of flowing blocks in columns."""

    def furnish(canvas: Canvas, made: BaseDocTemplate) -> None:
        if footer:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, 812, "Collected recommendations")
            canvas.drawCentredString(A4[0] / 2, 28, f"Page {made.page}")

    out = io.BytesIO()
    width = (A4[0] - 144 - (columns - 1) * 24) / columns
    frames = [Frame(72 + i * (width + 24), 60, width, 725, 0, 0, 0, 0) for i in range(columns)]
    BaseDocTemplate(out, pagesize=A4, pageTemplates=[PageTemplate(frames=frames, onPage=furnish)]).build(list(story))
    return out.getvalue()


def drawn(*pages: Callable[[Canvas], object], **options: Any) -> bytes:
    """A PDF of pages drawn by hand."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, **options)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def grid(cells: Sequence[Sequence[str]], widths: Sequence[float], *more: tuple[Any, ...]) -> Table:
    """A table with rules around each cell."""
    texts = [[Paragraph(html.escape(cell), BODY) if cell else "" for cell in line] for line in cells]
    return Table(texts, colWidths=list(widths), style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black), *more])


def as_text(lines: Sequence[str]) -> bytes:
    """Text, an empty line between lines."""
    return "\n\n".join(line for line in lines if line).encode()


FORMATS: dict[str, Callable[[Sequence[str]], bytes]] = {"txt": as_text, "html": as_html, "docx": as_docx, "pdf": as_pdf}
