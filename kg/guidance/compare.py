"""Printed codes and titles against a classification: a release, or the open list of codes in use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from string import ascii_uppercase, digits

from kg.citation import Citation
from kg.codes import Category, Chapter, Classification, Code, One, Range, Scheme, Selector, parse_selector
from kg.errors import KgError
from kg.expression.nodes import Expression, Pick, picks
from kg.expression.recommendation import Warning
from kg.guidance.page.source import Source
from kg.guidance.page.titles import names_procedure

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
        if _has_fifth(pick.selector) and names_procedure(pick.title):
            _warn(source, "KG-W0204", f'"{pick.title}" is the title of a procedure, printed with {pick.selector}', pick)
            continue
        known = classification.title(pick.selector)
        if known and pick.title and not _alike(pick.title, known):
            _warn(source, "KG-W0204", f'"{pick.selector}" is "{known}", printed as "{pick.title}"', pick)
        elif pick.title and (other := _neighbour(pick.selector, pick.title, classification)) is not None:
            _warn(source, "KG-W0204", f'"{pick.title}" is the title of {other}, printed with {pick.selector}', pick)


def _is_unknown(code: Code, classification: Classification) -> bool:
    """Whether a code is not in use. Three characters of ICD-10 with codes below them are a category, which is."""
    if classification.exists(code) is not False:
        return False
    return len(code.key) != 3 or next(classification.codes_under(Category(code.scheme, code.key)), None) is None


def _has_fifth(selector: Selector) -> bool:
    """Whether a code has a fifth character, which makes it one of ICD-10 whatever stands behind it."""
    return isinstance(selector, One) and selector.scheme is Scheme.ICD10 and len(selector.code.key) > 4


def _neighbour(selector: Selector, title: str, classification: Classification) -> Code | None:
    """The code that has just this title, where the selector has none with it and would by one other character."""
    wanted = _plain(title)

    def titled(one: Selector) -> Code | None:
        codes = [one.code] if isinstance(one, One) else classification.codes_under(one)
        return next((c for c in codes if _plain(classification.title(One(c)) or "") == wanted), None)

    if isinstance(selector, Chapter) or selector.scheme is not Scheme.OPCS4 or titled(selector) is not None:
        return None
    return next((code for one in _one_away(selector) if (code := titled(one)) is not None), None)


def _one_away(selector: Selector) -> Iterator[Selector]:
    """The selectors of which one character is another; of a range those of the categories at its ends."""
    if isinstance(selector, Range):
        for end in (selector.first, selector.last):
            yield from _one_away(Category(selector.scheme, end[:3]))
        return
    printed = str(selector)
    for i, old in enumerate(printed):
        for new in ascii_uppercase if old.isalpha() else digits if old.isdigit() else "":
            if new != old:
                with suppress(KgError):
                    yield parse_selector(printed[:i] + new + printed[i + 1 :], selector.scheme)


@lru_cache(maxsize=16384)
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
