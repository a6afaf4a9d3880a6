"""Documents a second by format, beside the bare text extraction of the format's own library in the same run.

    python benchmarks/reading.py [DOCUMENTS]

Documents are made here, all different, of one to three pages: a quarter each of text, saved web pages, DOCX and PDF,
each second PDF with a ruled table (whose bare extraction is pdfplumber's, since pdfium knows no tables). Extraction
runs in this process; `readers` is the reading to lines, in the bounded process that guards it; `read_bytes` is the
reading to a recommendation. The formats take turns, so that a busy machine is as unkind to one as to another. The first
20 documents warm all of them up. Goal: reading takes at most twice what extraction takes, over all documents.
"""

from __future__ import annotations

import io
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg import resources
from kg.guidance import readers
from kg.guidance.reading import read_bytes
from tests.guidance.readers import made

DOCUMENTS, WARM = 200, 20


def lines_of(chance: random.Random, titles: list[tuple[str, str]]) -> list[str]:
    """The lines of a recommendation of chosen codes."""
    lines = [
        f"IPG{chance.randrange(1000, 9999)} \u2013 {chance.choice(titles)[1]}",
        "Procedure and device:",
        "OPCS-4 code(s):",
    ]
    for way in chance.sample(("through the skin", "by an open operation", "by endoscopy"), chance.randint(1, 3)):
        lines.append(f"If the operation is done {way}:")
        lines += [f"{code} {title}" for code, title in chance.sample(titles, chance.randint(2, 8))]
    lines += ["Diagnosis:", "ICD-10 code(s):", "C78.7 Secondary malignant neoplasm of liver and intrahepatic bile duct"]
    words = "The codes were chosen with those who do the operation and will be looked at again when more is known."
    return [*lines, "Clinical coding recommendations for NICE guidance", *[words] * chance.randint(1, 12)]


def with_table(lines: list[str]) -> bytes:
    """A PDF whose last codes stand in a table."""
    from reportlab.platypus import Paragraph

    rows = [line.split(" ", 1) for line in lines[-3:]]
    return made.flowed([Paragraph(line, made.BODY) for line in lines[:-3]] + [made.grid(rows, [80, 300])])


def extract_html(data: bytes) -> str:
    """By selectolax."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(data).body
    return body.text(separator="\n", strip=True) if body else ""


def extract_docx(data: bytes) -> str:
    """By python-docx."""
    import docx

    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)


def extract_pdf(data: bytes) -> str:
    """By pypdfium2."""
    from pypdfium2 import PdfDocument

    pdf = PdfDocument(data)
    text = "\n".join(pdf[i].get_textpage().get_text_range() for i in range(len(pdf)))
    pdf.close()
    return text


def extract_tables(data: bytes) -> str:
    """By pdfplumber."""
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as pdf:
        return "\n".join(f"{page.extract_text()}{page.extract_tables()}" for page in pdf.pages)


KINDS: dict[str, tuple[Callable[[list[str]], bytes], Callable[[bytes], str]]] = {
    "text": (made.as_text, lambda data: data.decode()),
    "html": (made.as_html, extract_html),
    "docx": (made.as_docx, extract_docx),
    "pdf": (made.as_pdf, extract_pdf),
    "pdf with a table": (with_table, extract_tables),
}


def main() -> int:
    """Print a row for each format and one for all; 1 if the goal is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    chance = random.Random(4)  # noqa: S311 (the same documents in each run)
    titles = [
        (row[0], row[1])
        for line in resources.text("ontology/opcs4_in_use.tsv").splitlines()[1:]
        if (row := line.split("\t"))
    ]
    kinds = ("text", "html", "docx", "pdf", "text", "html", "docx", "pdf with a table")
    spent = {kind: [0, 0.0, 0.0, 0.0] for kind in KINDS}
    for number in range(count + WARM):
        kind = kinds[number % len(kinds)]
        write, extract = KINDS[kind]
        data = write(lines_of(chance, titles))
        jobs: tuple[Callable[[], object], ...] = (
            lambda e=extract, d=data: e(d),
            lambda d=data: readers.read(d, "made"),
            lambda d=data: read_bytes(d, "made"),
        )
        for i, job in enumerate(jobs):
            start = time.perf_counter()
            job()
            if number >= WARM:
                spent[kind][i + 1] += time.perf_counter() - start
        spent[kind][0] += number >= WARM
    spent["all"] = [sum(column) for column in zip(*spent.values(), strict=True)]
    print(f"{'':18}{'documents':>10}{'extract/s':>11}{'readers/s':>11}{'ratio':>8}{'read_bytes/s':>14}{'ratio':>8}")
    for kind, (n, bare, lines, whole) in spent.items():
        if n:
            row = f"{kind:18}{n:10}{n / bare:11.0f}{n / lines:11.0f}{lines / bare:8.2f}"
            print(f"{row}{n / whole:14.0f}{whole / bare:8.2f}")
    _, bare, _, whole = spent["all"]
    print(f"goal read_bytes / extract <= 2: {'met' if whole <= 2 * bare else 'missed'}")
    return 0 if whole <= 2 * bare else 1


if __name__ == "__main__":
    sys.exit(main())
