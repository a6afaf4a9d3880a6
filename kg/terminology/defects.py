"""Guidances held to the loaded editions: codes, titles, concepts and terms that are not as the editions have them.

Each difference is a typed defect with the place of its words; nothing is corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.citation import Origin
from kg.codes import Code, Component, One, Scheme, SctId, Selector, parse_selector
from kg.errors import KgError
from kg.expression.nodes import Pick, picks
from kg.expression.recommendation import ConceptMention, Recommendation, Side
from kg.terminology.code_edition import CodeEdition, ReleasedCodes
from kg.terminology.history import lineages
from kg.terminology.snomed import SnomedEdition

_TAG = re.compile(r"\s*\([^()]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Defect:
    """One difference: `id` is a warning of `kg.errors.CATALOGUE`, `subject` the selector or concept as printed,
    `printed` and `known` the texts that differ, where texts do; `alike`: they share half of their words.
    """

    id: str
    guidance: str
    side: Side
    subject: str
    what: str
    printed: str = ""
    known: str = ""
    alike: bool = False
    citation: Origin | None = None
    hint: str = ""


def code_defects(r: Recommendation, codes: ReleasedCodes, editions: Sequence[CodeEdition]) -> Iterator[Defect]:
    """The codes and titles of a guidance that the editions in use do not have so, each once, in print order.

    Args:
        r: the guidance.
        codes: the editions in use.
        editions: all editions that are loaded, to tell a retired code from one that never was.
    """
    for side in Side:
        seen: set[tuple[Selector, str]] = set()
        for pick in picks(r.side(side)):
            if (pick.selector, pick.title) in seen or not codes.is_complete(pick.selector.scheme):
                continue
            seen.add((pick.selector, pick.title))
            found = _of_pick(pick, codes, editions)
            if found is not None:
                id, what, known, hint = found
                alike = bool(known) and words_alike(pick.title, known)
                yield Defect(id, r.id, side, str(pick.selector), what, pick.title, known, alike, pick.citation, hint)


def _of_pick(pick: Pick, codes: ReleasedCodes, editions: Sequence[CodeEdition]) -> tuple[str, str, str, str] | None:
    """Id, what is wrong, the text of the edition, and what to do."""
    s, scheme = pick.selector, pick.selector.scheme
    known = codes.title(s) or ""
    has = next(iter(codes.codes_under(s)), None) is not None
    before = [] if has else [e.edition.title for e in editions if e.scheme is scheme and _covers(e, s, codes)]
    # Most letters with three figures are a code of either: one that was retired is no code of the other for that.
    if (not has or (pick.title and known and plain(pick.title) != plain(known))) and (
        other := _of_other(pick, codes, has or bool(before))
    ):
        return other
    if not has:
        edition = codes.edition(scheme)
        now = edition.edition.title if edition else scheme.value
        if before:
            return (
                "KG-W1050",
                f"{s} was in {', '.join(before)} and is not in {now}",
                "",
                "kg impact tells what to put instead.",
            )
        if isinstance(s, One):
            return "KG-W0205", f"{s} is not a code of {now}", "", _neighbours(s.code, codes)
        return "KG-W1051", f"{s} covers no code of {now}", "", ""
    if pick.title and known and plain(pick.title) != plain(known):
        kind = "in other words" if words_alike(pick.title, known) else "with another title"
        return "KG-W0204", f'{s} is printed {kind}: "{pick.title}", not "{known}"', known, ""
    return None


def _covers(edition: CodeEdition, selector: Selector, codes: ReleasedCodes) -> bool:
    return any(True for _ in edition.codes_under(selector, codes.chapters))


def _of_other(pick: Pick, codes: ReleasedCodes, has: bool) -> tuple[str, str, str, str] | None:
    """Whether the other classification has the code, with this title or, where its own never `has` it, in any words."""
    scheme = Scheme.ICD10 if pick.selector.scheme is Scheme.OPCS4 else Scheme.OPCS4
    try:
        other = parse_selector(str(pick.selector), scheme)
    except KgError:
        return None
    if not codes.is_complete(scheme) or next(iter(codes.codes_under(other)), None) is None:
        return None
    known = codes.title(other) or ""
    same = bool(pick.title) and plain(pick.title) == plain(known)
    if has and not same:
        return None
    how = "printed with the title that it has in" if same else "not of its system, but of"
    what = f"{pick.selector} is {how} {scheme}"
    return "KG-W0401", what, known, f"Does it stand on the side of {scheme}?"


def _neighbours(code: Code, codes: ReleasedCodes) -> str:
    from kg.codes import Category

    near = [str(each) for each in codes.codes_under(Category(code.scheme, code.category))][:10]
    return f"Its category has {', '.join(near)}." if near else ""


def concept_defects(r: Recommendation, snomed: SnomedEdition) -> Iterator[Defect]:
    """The concepts and terms of a guidance that the edition does not have so, each once, in print order."""
    for mention in dict.fromkeys(r.concepts):
        found = _of_concept(mention, snomed)
        if found is not None:
            id, what, known, hint = found
            alike = bool(known) and words_alike(mention.term, known)
            yield Defect(id, r.id, mention.side, mention.id, what, mention.term, known, alike, mention.citation, hint)


def _of_concept(mention: ConceptMention, snomed: SnomedEdition) -> tuple[str, str, str, str] | None:
    title = snomed.edition.title
    try:
        concept = SctId.parse(mention.id, Component.CONCEPT)
    except KgError as fault:
        return "KG-W0203", fault.what, "", fault.hint
    if concept not in snomed:
        return "KG-W1052", f"the concept {concept} is not in {title}", "", ""
    terms = {
        plain(_TAG.sub("", term.text) if term.kind == "fully specified name" else term.text): term
        for term in snomed.terms(concept)
    }
    term = terms.get(plain(mention.term)) or terms.get(plain(_TAG.sub("", mention.term)))
    known = snomed.term(concept)
    if mention.term and term is None:
        return "KG-W1054", f'"{mention.term}" is no term of {concept} in {title}: "{known}"', known, ""
    if not snomed.is_active(concept):
        ways = ", ".join(f"{way.link} {way.id} {snomed.term(way.id)}" for way in lineages(snomed, concept))
        return "KG-W1053", f"the concept {concept} is inactive in {title}", "", f"Its history: {ways}." if ways else ""
    if term is not None and not term.active:
        return "KG-W1054", f'"{mention.term}" is a withdrawn term of {concept} in {title}: "{known}"', known, ""
    return None


def plain(title: str) -> str:
    """A title for comparison: case, punctuation and blanks do not matter."""
    return " ".join(re.findall(r"[^\W_]+", title.casefold()))


def words_alike(one: str, other: str) -> bool:
    """Whether two titles share half of the words of the shorter."""
    a, b = set(plain(one).split()), set(plain(other).split())
    return bool(a and b) and len(a & b) >= min(len(a), len(b)) / 2
