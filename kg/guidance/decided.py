"""A recommendation after a person's decision: the reading decided on comes first and asks for nobody any more.

The decision says what holds; where its words stand is found again in the document: in the reading of the same shape,
else by the codes that are printed. Readings of the document that were not chosen stay behind it, and its warnings too.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import assert_never

from kg.citation import Citation, Origin
from kg.codes import Chapter, Chapters, Selector, within
from kg.errors import KgError
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children, picks
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side, Warning
from kg.guidance.decisions import Decided, bare_concepts, bare_reading, refuse_misfit
from kg.guidance.page.document import Document
from kg.guidance.page.spots import selector_of, spots


def apply_decision(r: Recommendation, decided: Decided, document: Document) -> Recommendation:
    """The recommendation as it was decided; `document` is the one of the decision's hash."""
    wanted = bare_reading(decided.reading)
    own = [reading for reading in r.readings if bare_reading(reading) == wanted]
    others = tuple(reading for reading in r.readings if reading not in own)
    reading = own[0] if own else _cited_reading(decided.reading, r, document)
    return replace(
        r,
        id=decided.guidance,
        title=r.title if decided.title is None else decided.title,
        opcs_version=r.opcs_version if decided.opcs_version is None else decided.opcs_version,
        concepts=r.concepts if decided.concepts is None else _cited_concepts(decided, r, document),
        readings=(replace(reading, reason=_reason(decided, reading.reason)), *others),
        review=False,
        decision=decided.decision,
    )


def refuse_slips(text: str, source: str, r: Recommendation, document: Document) -> None:
    """Refuse a decision's file that says of its document what is not so: another guidance, or, of a reading, a code
    that the document does not print.

    A selector may be narrower than what is printed, as readings of parts of a category are; a chapter is named in words
    ("site code").

    Raises:
        KgError: KG-E0215 with the line of the slip.
    """
    known = {s for side in Side for s in _Finder(r, side, document).printed}
    chapters = Chapters()
    refuse_misfit(text, source, r.id, lambda s: isinstance(s, Chapter) or within(s, known, chapters))


def told_by_decision(fault: KgError, decided: Decided, name: str) -> Recommendation:
    """The recommendation of a document that cannot be read, from the correction alone; the fault is its warning."""
    told = Warning("KG-W0223", f"the document itself could not be read: {fault.id} {fault.what}")
    return Recommendation(
        decided.guidance, decided.title or "", (replace(decided.reading, reason=_reason(decided, "")),),
        decided.opcs_version, decided.concepts or (), (told,), False, name, decided.digest, decided.decision,
    )  # fmt: skip


def _reason(decided: Decided, own: str) -> str:
    it = decided.decision
    words = f"decided by {it.by} on {it.on.isoformat()}: {it.why}"
    return f"{words} ({own})" if own else words


# ---- where the words of a decision stand in the document


def _cited_reading(reading: Reading, r: Recommendation, document: Document) -> Reading:
    made = {side: _cited_side(reading, side, r, document) for side in Side}
    return Reading(made[Side.PROCEDURE], made[Side.DIAGNOSIS])


def _cited_side(reading: Reading, side: Side, r: Recommendation, document: Document) -> Expression | None:
    e = reading.side(side)
    bare = bare_reading(reading).side(side)
    for own in r.readings:
        if bare_reading(own).side(side) == bare:
            return own.side(side)
    return None if e is None else _Finder(r, side, document).cited(e)


def _cited_concepts(decided: Decided, r: Recommendation, document: Document) -> tuple[ConceptMention, ...]:
    """The concepts decided on; one that the document lists keeps its place, one whose figures it prints gets it."""
    listed = dict(zip(bare_concepts(r.concepts), r.concepts, strict=True))
    made: list[ConceptMention] = []
    for concept in decided.concepts or ():
        printed = re.search(rf"(?<!\d){re.escape(concept.id)}(?!\d)", document.text)
        cite = document.citation(decided.guidance, *printed.span()) if printed else None
        made.append(listed.get(concept) or replace(concept, citation=cite))
    return tuple(made)


class _Finder:
    """Finds where codes and words of one side stand: each place is given out once, the last again and again."""

    def __init__(self, r: Recommendation, side: Side, document: Document) -> None:
        self.document, self.side, self.id = document, side, r.id
        self.places: dict[str, list[Citation]] = {}
        self.printed: list[Selector] = []
        # Where the reader cited a code is the coding part; elsewhere a code may stand for another reason.
        for reading in r.readings:
            for pick in picks(reading.side(side)):
                self.printed.append(pick.selector)
                if isinstance(pick.citation, Citation):
                    self._note(str(pick.selector), pick.citation)
        for line in document.lines:
            for spot in spots(document.text[line.start : line.end]):
                if (selector := selector_of(spot, side.scheme)) is not None:
                    cite = document.citation(r.id, line.start + spot.start, line.start + spot.end)
                    self._note(str(selector), cite)
                    self.printed.append(selector)

    def _note(self, key: str, cite: Citation) -> None:
        known = self.places.setdefault(key, [])
        if all(cite.end <= other.start or other.end <= cite.start for other in known):
            known.append(cite)

    def cited(self, e: Expression) -> Expression:
        """The expression with the places that are found; a node around others has the words from first to last."""
        match e:
            case Pick(selector):
                return replace(e, citation=self._next(str(selector)))
            case Unnamed(words):
                return replace(e, citation=self._words(words))
            case AllOf(parts=parts):
                return self._around(replace(e, parts=tuple(map(self.cited, parts))))
            case OneOf(branches=branches):
                return self._around(replace(e, branches=tuple(map(self.cited, branches))))
            case Optional(content=content):
                return self._around(replace(e, content=self.cited(content)))
            case When(condition, then):
                told = self._words(condition.words)
                found = Condition(condition.facet, condition.value, condition.words, told)
                return self._around(replace(e, condition=found, then=self.cited(then)), told)
            case _:
                assert_never(e)

    def _next(self, key: str) -> Citation | None:
        known = self.places.get(key, [])
        return known.pop(0) if len(known) > 1 else known[0] if known else None

    def _words(self, words: str) -> Citation | None:
        """Words as they stand in the text, wherever its lines are broken."""
        pattern = r"\s+".join(map(re.escape, words.split()))
        found = re.search(pattern, self.document.text, re.IGNORECASE) if pattern else None
        return self.document.citation(self.id, *found.span()) if found else None

    def _around(self, e: Expression, more: Origin | None = None) -> Expression:
        below = [c for c in (more, *(each.citation for each in children(e))) if isinstance(c, Citation)]
        if not below:
            return e
        start, end = min(c.start for c in below), max(c.end for c in below)
        return replace(e, citation=self.document.citation(self.id, start, end))
