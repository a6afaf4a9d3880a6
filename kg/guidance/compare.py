"""Printed codes and titles against a loaded classification."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.citation import Citation
from kg.codes import Classification, One
from kg.expression.nodes import Expression, Pick, picks
from kg.expression.recommendation import Warning
from kg.guidance.source import Source

_SHORT = {"nec": "", "noc": "", "nos": "", "oesophag": "esophag", "haem": "hem", "tumour": "tumor"}


def compare(sides: Sequence[Expression | None], classification: Classification, source: Source) -> None:
    """Report a code that is not in use (KG-W0205) and a title that is another code's (KG-W0204), each once."""
    done: set[tuple[str, str]] = set()
    for pick in (pick for e in sides for pick in picks(e)):
        key = (str(pick.selector), pick.title)
        if key in done:
            continue
        done.add(key)
        if isinstance(pick.selector, One) and classification.exists(pick.selector.code) is False:
            _warn(source, "KG-W0205", f'"{pick.selector}" is not in use', pick)
            continue
        known = classification.title(pick.selector)
        if known and pick.title and not _alike(pick.title, known):
            _warn(source, "KG-W0204", f'"{pick.selector}" is "{known}", printed as "{pick.title}"', pick)


def _warn(source: Source, id: str, message: str, pick: Pick) -> None:
    place = (pick.citation.start, pick.citation.end) if isinstance(pick.citation, Citation) else (0, 0)
    source.warnings.append(Warning(id, message, *place))
    source.review = True


def _alike(printed: str, known: str) -> bool:
    """Whether half the words of the shorter title are in the other: print shortens and misspells titles."""
    one, other = _words(printed), _words(known)
    if not one or not other:
        return True
    return len(one & other) >= min(len(one), len(other)) / 2


def _words(title: str) -> set[str]:
    low = title.lower()
    for long, short in _SHORT.items():
        low = re.sub(rf"\b{long}\b" if not short else long, short, low)
    return {word[:6] for word in re.findall(r"[a-z]{3,}", low)}
