#!/usr/bin/env python3
"""Fuzz the readers of formats: no crash, no hang over 10 s, no memory over 1 GB, and nothing raised but `KgError`.

    pip install atheris            # in the environment of the project; it is no part of its locks
    python tools/fuzz_readers.py pdf --seconds 600
    python tools/fuzz_readers.py docx --seconds 600
    python tools/fuzz_readers.py html --seconds 600
    python tools/fuzz_readers.py text --seconds 600

Seeds are made on the way, by `tests/guidance/readers/made.py`; what was found to be new is kept in `--corpus` (a folder
of the system's temporary files, unless another is named). A finding is written beside it and ends the run with status
77; run it again with `--file`. The readers run in this process: the bounds that `kg.guidance.readers.bounded` puts
around them must not be needed.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

LINES = (
    "IPG900 Title",
    "OPCS-4 code(s):",
    "If open:",
    "A09.1 Implantation",
    "Or",
    "Y53.- Approach",
    "ICD-10 codes",
    "C78.7 Liver",
)
SECONDS, MEGABYTES = 10, 1024


def seeds(kind: str) -> list[bytes]:
    """A few documents to begin with."""
    from tests.guidance.readers import made

    if kind == "pdf":
        table = made.grid([["Code", "Title"], ["A09.1", "Implantation"]], [60, 200])
        return [
            made.as_pdf(LINES),
            made.flowed([table], columns=2),
            made.drawn(lambda canvas: canvas.rect(9, 9, 99, 99)),
        ]
    if kind == "docx":
        return [made.as_docx(LINES)]
    if kind == "html":
        table = b"<table><tr><td rowspan=2>a<td>b<tr><td>c</table><ol type=i><li>x<ul><li>y</ol><pre>a\nb</pre>"
        return [made.as_html(LINES), table, b"<p hidden>a<del>b</del><div role=heading aria-level=3>c<article><h1>d"]
    return [made.as_text(LINES), "\ufeffA09.1 é".encode("utf-16-le"), "A09.1 –".encode("cp1252")]


def document_of(kind: str, data: bytes) -> bytes:
    """The document that fuzzed bytes stand for. Those of Word are the XML in the archive: a check sum stops nearly all
    other changes at the door. A first byte that is odd asks for the archive itself.
    """
    if kind != "docx" or not data or data[0] % 2 or data.startswith(b"PK"):
        return data[1:] if kind == "docx" and not data.startswith(b"PK") else data
    parts = dict(
        zip(
            ("word/document.xml", "word/styles.xml", "word/numbering.xml", "_rels/.rels"),
            data[1:].split(b"\0\0\0"),
            strict=False,
        )
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def main() -> int:
    """Fuzz one reader."""
    words = argparse.ArgumentParser(description="Fuzz a reader of documents.")
    words.add_argument("kind", choices=("pdf", "docx", "html", "text"))
    words.add_argument("--seconds", type=int, default=600)
    words.add_argument("--corpus", type=Path)
    words.add_argument("--file", type=Path, help="read this finding again, once")
    chosen = words.parse_args()
    atheris: Any = importlib.import_module("atheris")
    # What coverage guides: our readers, and of the libraries those parts that are Python.
    with atheris.instrument_imports(include=["kg.guidance.readers", "kg.guidance.page.document"]):
        reader = importlib.import_module(f"kg.guidance.readers.{chosen.kind}")
    from kg.errors import KgError

    def one(data: bytes) -> None:
        content = document_of(chosen.kind, data)
        try:
            document = reader.read(content, "fuzzed")
        except KgError:
            return
        for line in (*document.lines, *document.left_out):
            if not 0 <= line.start <= line.end <= len(document.text) or "\n" in document.text[line.start : line.end]:
                raise AssertionError(f"a line that is none: {line}")
        document.text.encode()

    if chosen.file:
        one(chosen.file.read_bytes())
        return 0
    folder = chosen.corpus or Path(tempfile.mkdtemp(prefix=f"fuzz-{chosen.kind}-"))
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(chosen.kind)):
        (folder / f"seed-{number}").write_bytes(seed)
        if chosen.kind == "docx":
            with zipfile.ZipFile(io.BytesIO(seed)) as archive:
                styles = archive.read("word/styles.xml")[:3000]
                whole = b"\0\0\0".join((archive.read("word/document.xml"), styles, archive.read("word/numbering.xml")))
            (folder / f"seed-{number}-parts").write_bytes(b"\0" + whole)
    for seed in sorted(folder.glob("seed-*")):
        one(seed.read_bytes())  # libraries and tables are loaded before the clock of the first document runs
    print(f"corpus and findings: {folder}", flush=True)
    options = [
        f"-max_total_time={chosen.seconds}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", "-max_len=200000",
        f"-artifact_prefix={folder}/finding-", "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder)], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
