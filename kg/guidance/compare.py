"""Printed codes and titles against a classification: a release, or the open list of codes in use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from string import ascii_uppercase, digits

from kg.citation import Citation
from kg.codes import Category, Classification, Code, One, Scheme
from kg.errors import KgError
from kg.expression.nodes import Expression, Pick, picks
from kg.expression.recommendation import Warning
from kg.guidance.source import Source

_SHORT = {"nec": "", "noc": "", "nos": "", "oesophag": "esophag", "haem": "hem", "tumour": "tumor"}


def compare(sides: Sequence[Expression | None], classification: Classification, source: Source) -> None:
    """Report a code that is not in use (KG-W0205) and a title that is another code's (KG-W0204), each once.

    Print shortens titles and misspells them, so a title counts as the code's own if it shares half of its words; not so
    if it is, word for word, the title of a code that is one character away.
    """
    done: set[tuple[str, str]] = set()
    for pick in (pick for e in sides for pick in picks(e)):
        key = (str(pick.selector), pick.title)
        if key in done:
            continue
        done.add(key)
        if isinstance(pick.selector, One) and _is_unknown(pick.selector.code, classification):
            _warn(source, "KG-W0205", f'"{pick.selector}" is not in use', pick)
            continue
        known = classification.title(pick.selector)
        if known and pick.title and not _alike(pick.title, known):
            _warn(source, "KG-W0204", f'"{pick.selector}" is "{known}", printed as "{pick.title}"', pick)
        elif isinstance(pick.selector, One) and pick.title:
            other = _neighbour(pick.selector.code, pick.title, classification)
            if other is not None:
                _warn(source, "KG-W0204", f'"{pick.title}" is the title of {other}, printed with {pick.selector}', pick)


def _is_unknown(code: Code, classification: Classification) -> bool:
    """Whether a code is not in use. Three characters of ICD-10 with codes below them are a category, which is."""
    if classification.exists(code) is not False:
        return False
    return len(code.key) != 3 or next(classification.codes_under(Category(code.scheme, code.key)), None) is None


def _neighbour(code: Code, title: str, classification: Classification) -> Code | None:
    """The code one character away that has just this title, where the printed code has another."""
    own = classification.title(One(code))
    if own is None or _plain(own) == _plain(title):
        return None
    for key in _one_away(code.key):
        other = _code(key, code.scheme)
        if other is not None and _plain(classification.title(One(other)) or "") == _plain(title):
            return other
    return None


def _one_away(key: str) -> Iterator[str]:
    for i, old in enumerate(key):
        for new in ascii_uppercase if i == 0 else digits:
            if new != old:
                yield key[:i] + new + key[i + 1 :]


def _code(key: str, scheme: Scheme) -> Code | None:
    try:
        return Code.parse(f"{key[:3]}.{key[3:]}" if len(key) > 3 else key, scheme)
    except KgError:
        return None


def _plain(title: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", title.lower()))


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
