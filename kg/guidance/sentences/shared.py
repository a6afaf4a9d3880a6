"""Codes that the end of a sentence adds to each alternative before it.

"A for a graft and B for a stent, each with C".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from kg.codes import Selector
from kg.expression.nodes import AllOf, Expression, OneOf, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.titled import end_of_title
from kg.guidance.sentences.effects import Meaning, names
from kg.guidance.sentences.parallel import parallel

_EACH = r"(?:both|either|each|every|all|any)(?: (?:one|two|three|of (?:these|them|those|the (?:two|three|above))))?"
_CASE = r"(?:such )?(?:case|instance|situation|circumstance|event|setting|variant|method|approach|way|type)s?"
_ADDED = r"(?:followed|accompanied|supplemented|completed|qualified|joined|preceded)"
# What opens the part that is of each, right behind a code or its title; it is read from what joins its codes on.
_OPENS = re.compile(
    rf"[\s,;]*(?:(?:and|but|then)\s+)?(?:"
    rf"{_EACH},?\s+(?:(?:being|is|are|to be|must be|should be|has to be|have to be|also|then)\s+)*"
    rf"(?={_ADDED} by\b|with\b|plus\b|together with\b)"
    rf"|{_ADDED},? in {_EACH} {_CASE},? by "
    rf"|(?:in|for|to|with|under) {_EACH}(?: {_CASE}\b,? |, | $))",
    re.IGNORECASE,
)
# What joins codes to those before them, where words behind them say that they are of each.
_JOINS = re.compile(
    rf"\s*[,;]\s+(?:(?:and|then|but)\s+)?(?:(?:together |along )?with\b|plus\b|{_ADDED} by\b|add(?:ing)?\b|an?\b"
    r"|the\b|[A-Z]\d\d)"
)
_BEHIND = re.compile(rf"\b(?:in|for|to|with|under) {_EACH}(?: {_CASE})?(?=\s*(?:[.,;]|$|if\b|when\b|where\b))", re.I)

Reads = Callable[[Stretch, Sequence[Selector], Source], Meaning]


def with_shared(
    stretch: Stretch, side: Side, read: Reads, more: Reads, known: Sequence[Selector], source: Source
) -> Meaning | None:
    """What a sentence means whose end is of each alternative that it tells before; None of any other.

    `read` reads its beginning, `more` its end, beside the codes that are listed (`known`); those of a line that begins
    with a code are its own.
    """
    cut = _cut(stretch, source)
    if cut is None:
        return None
    end, begin = cut
    apart = replace(source, warnings=[], review=False)
    behind = stretch.part(begin, len(stretch.text))
    known = _others(stretch, behind, side, known, source)
    first = read(stretch.part(0, end), known, apart)
    if first.status != "read" or len(first.effects) != 1 or (chosen := first.effects[0].expression) is None:
        return None
    inner = chosen.then if isinstance(chosen, When) else chosen
    if not isinstance(inner, OneOf):
        return None
    added = more(behind, [*known, *names(chosen)], apart)
    own = [e.expression for e in added.effects if e.expression is not None and e.kind == "add"]
    if not own or len(own) < len(added.effects):
        return None
    source.warnings.extend(apart.warnings)
    source.review = source.review or apart.review
    made: Expression = AllOf((inner, *own), citation=source.cite(stretch))
    if isinstance(chosen, When):
        made = replace(chosen, then=made)
    return Meaning((replace(first.effects[0], stretch=stretch, expression=made),))


def tells_cases(stretch: Stretch, side: Side, known: Sequence[Selector], source: Source) -> bool:
    """Whether a line that begins with a code gives main codes to cases ("A for a graft and B for a stent, with C in
    both cases"), so that it is read as a sentence.
    """
    if parallel(stretch, side, known, source) is not None:
        return True
    cut, apart = _cut(stretch, source), replace(source, warnings=[], review=False)
    if cut is None:
        return False
    known = _others(stretch, stretch.part(cut[1], len(stretch.text)), side, known, source)
    return parallel(stretch.part(0, cut[0]), side, known, apart) is not None


def _others(
    stretch: Stretch, behind: Stretch, side: Side, known: Sequence[Selector], source: Source
) -> Sequence[Selector]:
    """The listed codes; of a line, which lists its own, without those at its end."""
    if spots(stretch.text)[0].start and source.phrases.verb(stretch.text) is not None:
        return known
    own = {str(selector_of(spot, side.scheme)) for spot in spots(behind.text)}
    return [k for k in known if str(k) not in own]


def _cut(stretch: Stretch, source: Source) -> tuple[int, int] | None:
    """Where the alternatives of a sentence end and the words begin that add to each of them."""
    found, text = spots(stretch.text), stretch.text
    said = _BEHIND.search(text, found[-1].end) if found else None
    for before, after in reversed(list(pairwise(found))[1:]):
        end = max(before.end, end_of_title(stretch, before, after.start, source))
        for at in (end, *(i for i in range(before.end, after.start) if text[i] in ",;")):  # titles may hold some
            if (opened := _OPENS.match(text, at, after.start)) is not None:
                return at, opened.end()
            if said is not None and _JOINS.match(text, at):
                return at, at + len(text[at:]) - len(text[at:].lstrip(" ,;"))
    return None
