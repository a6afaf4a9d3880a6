"""A recommendation as a page in one of the two layouts: headings, concepts, both sides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import MappingProxyType

from kg import resources
from kg.codes import Chapter, Chapters
from kg.expression.nodes import picks
from kg.expression.recommendation import ConceptMention, Recommendation, Side
from kg.facets import load_lexicon
from kg.rendering.page import Block, Kind, Page
from kg.rendering.plan import Line, Open, Part, Row, Variants, plan, unsayable
from kg.rendering.telling import Teller, Titles
from kg.rendering.wordings import Style, Wordings

_HEADING, _SUBHEADING = 2, 3


@cache
def _chapters() -> Chapters:
    rows = [line.split(",") for line in resources.text("ontology/opcs4_overflow.csv").splitlines()[1:] if "," in line]
    return Chapters(MappingProxyType({row[0]: row[1].strip() for row in rows}))


def page_of(r: Recommendation, wordings: Wordings, titles: Titles) -> Page:
    """The page of a recommendation, of the reading in use.

    Raises:
        KgError: KG-E0307 for what the layout cannot say.
    """
    if r.procedure is None and r.diagnosis is None and not r.concepts:
        raise unsayable("a recommendation that recommends nothing")
    for concept in r.concepts:
        if concept.condition:
            raise unsayable(f"the condition of the concept {concept.id}")
    tellers = {side: Teller(side, wordings, load_lexicon(), _chapters(), titles) for side in Side}
    build = _new if wordings.style is Style.NEW else _old
    dash = "\u2013 " if wordings.style is Style.NEW else ""
    head = Block(Kind.TITLE, f"{r.id} {dash}{r.title}".strip(), 1)
    return Page(r.id, r.title, (head, *build(r, wordings, tellers)))


def _heading(text: str, level: int) -> Block:
    return Block(Kind.HEADING, text, level)


def _concepts(concepts: Sequence[ConceptMention], wordings: Wordings) -> list[Block]:
    if not concepts:
        return []
    lines = [Block(Kind.CONCEPT, f"{c.term} ({c.id})".strip()) for c in concepts]
    return [_heading(wordings.say("heading.snomed"), _SUBHEADING), *lines]


def _opcs(r: Recommendation, wordings: Wordings) -> Block:
    kind = "heading.edition" if r.opcs_version else "heading.opcs"
    return _heading(wordings.say(kind, edition=r.opcs_version or ""), _SUBHEADING)


def _new(r: Recommendation, wordings: Wordings, tellers: dict[Side, Teller]) -> list[Block]:
    blocks: list[Block] = []
    for side in Side:
        concepts = [c for c in r.concepts if c.side is side]
        e = r.side(side)
        if e is None and not concepts and not (side is Side.PROCEDURE and r.opcs_version):
            continue
        blocks.append(_heading(wordings.say(f"heading.{side}"), _HEADING))
        blocks += _concepts(concepts, wordings)
        if side is Side.PROCEDURE and (e is not None or r.opcs_version):
            blocks.append(_opcs(r, wordings))
        elif e is not None:
            blocks.append(_heading(wordings.say("heading.icd"), _SUBHEADING))
        if e is not None:
            blocks += tellers[side].tell(plan(e))
    return blocks


def _old(r: Recommendation, wordings: Wordings, tellers: dict[Side, Teller]) -> list[Block]:
    blocks: list[Block] = []
    concepts = {side: [c for c in r.concepts if c.side is side] for side in Side}
    if concepts[Side.PROCEDURE]:
        blocks.append(_heading(wordings.say("heading.procedure"), _HEADING))
        blocks += _concepts(concepts[Side.PROCEDURE], wordings)
    if r.procedure is not None or r.opcs_version:
        plain = not r.opcs_version and not r.concepts and wordings.chosen()
        blocks.append(_heading(wordings.say("heading.coding"), _SUBHEADING) if plain else _opcs(r, wordings))
    if r.procedure is not None:
        blocks += tellers[Side.PROCEDURE].tell(plan(r.procedure))
    parts = plan(r.diagnosis) if r.diagnosis is not None else ()
    said = _diagnosis_in_sentence(r, parts, wordings, tellers[Side.DIAGNOSIS]) if not concepts[Side.DIAGNOSIS] else None
    if said is not None:
        return [*blocks, *said]
    if concepts[Side.DIAGNOSIS]:
        blocks.append(_heading(wordings.say("heading.diagnosis"), _HEADING))
        blocks += _concepts(concepts[Side.DIAGNOSIS], wordings)
    if parts:
        blocks.append(_heading(wordings.say("heading.icd"), _SUBHEADING))
        blocks += tellers[Side.DIAGNOSIS].tell(parts)
    return blocks


def _diagnosis_in_sentence(
    r: Recommendation, parts: Sequence[Part], wordings: Wordings, teller: Teller
) -> list[Block] | None:
    """The diagnosis as sentences that follow the procedure, or None where it needs a list under its own heading."""
    if r.procedure is None or not parts or not wordings.chosen(usual=True):
        return None
    if any(isinstance(p, Open) for p in plan(r.procedure)) or any(not isinstance(p, Line) for p in parts):
        return None
    lines = [p for p in parts if isinstance(p, Line)]
    own = [p for line in lines for p in line.cell.picks]
    listed = {str(p.selector)[:3] for p in picks(r.procedure)}
    if any(isinstance(p.selector, Chapter) or str(p.selector)[:3] in listed for p in own) or len(own) > 4:
        return None
    if any(isinstance(p, Variants) for p in plan(r.procedure)):
        return None  # a sentence behind the last variant could be taken for a part of it
    teller.all_picks = tuple(own)
    if not teller.is_fresh(own):
        return None
    required = [line for line in lines if line.plain]
    simple = [line for line in required if len(line.cell.picks) == 1]
    blocks: list[Block] = []
    if len(required) == 1:
        kind = "diagnosis.code" if simple else "diagnosis.one"
    elif len(required) == len(simple) and required:
        kind = "diagnosis.codes"
    else:
        return None
    codes = teller.sentence(Row(tuple(line.cell for line in required)))
    blocks.append(Block(Kind.PROSE, wordings.say(kind, codes=codes)))
    return [*blocks, *(teller.diagnosis_addition(line) for line in lines if not line.plain)]
