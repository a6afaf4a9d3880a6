#!/usr/bin/env python3
"""Pictures of a PDF's pages with the place of every citation drawn in, to be looked at.

    python tools/draw_citations.py DOCUMENT.pdf --into FOLDER [--scale 2]
    python tools/draw_citations.py --made --into FOLDER          # a document made here, with a table and a note

A green frame stands around the words of a code, a blue one around those of a choice, an orange one around those of a
condition or an offer, a violet one around a concept's, a red one around what a person should look at. What is cited and
stands in no frame, or a frame around other words, is a defect of the reader.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.citation import Citation
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, walk
from kg.expression.recommendation import Recommendation, Side
from kg.guidance import readers
from kg.guidance.page.document import Document
from kg.guidance.reading import recommendation_of

_COLOURS = {"code": "#15803d", "choice": "#1d4ed8", "case": "#c2410c", "concept": "#7e22ce", "warning": "#b91c1c"}
MADE = (
    "IPG990 \u2013 Freezing of a lesion of the liver",
    "Procedure and device:",
    "SNOMED CT preferred term (concept ID)",
    "Cryoablation of lesion of liver (1104611000000107)",
    "OPCS-4 code(s):",
    "One of the following codes is assigned:",
    "J12.8 Other specified other therapeutic percutaneous operations on liver",
    "J03.2 Destruction of lesion of liver NEC",
    "Plus the following code:",
    "Y13.2 Cryotherapy to lesion of organ NOC",
    "Note: Y53.- Approach to organ under image control is added if image control is used.",
    "Note: Z94.1 Bilateral operation is sometimes bartered for the others.",
    "Diagnosis or health condition:",
    "ICD-10 code(s):",
    "C78.7 Secondary malignant neoplasm of liver or C22.0 Liver cell carcinoma",
    "Clinical coding recommendations for NICE guidance",
)


def frames(document: Document, r: Recommendation) -> Iterator[tuple[str, Citation]]:
    """The citations of a recommendation, each with the kind of its frame; of conjunctions their parts tell."""
    for side in Side:
        e = r.side(side)
        for node in walk(e) if e is not None else ():
            if isinstance(node.citation, Citation) and not isinstance(node, AllOf):
                yield _kind(node), node.citation
            if isinstance(node, When) and isinstance(node.condition.citation, Citation):
                yield "case", node.condition.citation
    for concept in r.concepts:
        if isinstance(concept.citation, Citation):
            yield "concept", concept.citation
    for warning in r.warnings:
        yield "warning", document.citation(r.id, warning.start, warning.end)


def _kind(node: Expression) -> str:
    match node:
        case Pick():
            return "code"
        case OneOf():
            return "choice"
        case When() | Optional() | _:
            return "case"


def draw(data: bytes, document: Document, r: Recommendation, into: Path, scale: float) -> list[Path]:
    """Write a picture of each page with the frames of what is cited on it; the files."""
    from PIL import ImageDraw
    from pypdfium2 import PdfDocument

    made: list[Path] = []
    told = list(dict.fromkeys(frames(document, r)))
    pdf = PdfDocument(data)
    for number in range(len(pdf)):
        page = pdf[number]
        picture = page.render(scale=scale).to_pil()  # pyright: ignore[reportArgumentType]  any number will do
        pen = ImageDraw.Draw(picture)
        for kind, citation in told:
            if citation.page != number + 1 or citation.box is None:
                continue
            left, bottom, right, top = citation.box
            grown = {"code": 1, "case": 3, "choice": 5, "concept": 1, "warning": 7}[kind]
            corners = (left - grown, page.get_height() - top - grown, right + grown, page.get_height() - bottom + grown)
            pen.rectangle([x * scale for x in corners], outline=_COLOURS[kind], width=2)
        made.append(into / f"{Path(document.name).stem}-{number + 1}.png")
        picture.save(made[-1])
    pdf.close()
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Draw, and tell the files."""
    parser = argparse.ArgumentParser(description="pictures of a PDF's pages with its citations drawn in")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--made", action="store_true", help="a document made here")
    parser.add_argument("--into", type=Path, default=Path())
    parser.add_argument("--scale", type=float, default=1.5)
    given = parser.parse_args(argv)
    if given.made == bool(given.file):
        parser.error("name a PDF, or --made")
    if given.made:
        from tests.guidance.readers import made

        data, name = made.as_pdf(MADE), "made.pdf"
    else:
        data, name = given.file.read_bytes(), given.file.name
    document = readers.read(data, name)
    given.into.mkdir(parents=True, exist_ok=True)
    for path in draw(data, document, recommendation_of(document), given.into, given.scale):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
