"""The one canonical form of a set of quads: sorted N-Quads, the same bytes for the same quads whatever their order was.

Our data have no blank nodes, so that sorting is all there is to do (with them it would be RDF Dataset
Canonicalization).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

from pyoxigraph import BlankNode, Quad


def canonical_lines(quads: Iterable[Quad]) -> list[bytes]:
    """The N-Quads lines of the quads in order of their bytes, each once, each with its line end.

    Raises:
        ValueError: for a quad with a blank node (a defect of what wrote it).
    """
    return sorted({_line(quad) for quad in quads})


def _line(quad: Quad) -> bytes:
    for term in (quad.subject, quad.object, quad.graph_name):
        if isinstance(term, BlankNode):
            raise ValueError(f"a blank node has no canonical form: {quad}")
    return f"{quad} .\n".encode()


def write_canonical(quads: Iterable[Quad], out: BinaryIO) -> int:
    """Write the canonical form; the number of quads comes back. Memory: all lines at once."""
    lines = canonical_lines(quads)
    out.writelines(lines)
    return len(lines)


def digest(quads: Iterable[Quad]) -> str:
    """The SHA-256 of the canonical form, in hexadecimal figures: equal exactly for equal sets of quads."""
    found = hashlib.sha256()
    for line in canonical_lines(quads):
        found.update(line)
    return found.hexdigest()
