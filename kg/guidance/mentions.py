"""What sentences say about codes that are listed already: conditions, refusals, other codes in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Category, Selector
from kg.expression.nodes import Expression, OneOf, Pick, When
from kg.expression.recommendation import Side
from kg.guidance.conditions import condition_of, without_note
from kg.guidance.effects import Effect, Meaning
from kg.guidance.items import expression_of, groups
from kg.guidance.ledger import PURPOSE
from kg.guidance.prose import Stretch
from kg.guidance.source import Source
from kg.guidance.spots import Spot, selector_of, spots

_FALLBACK = re.compile(r"\.9\b")

REMARK = Meaning((), "remark")


def _narrower(stretch: Stretch, side: Side, told: Sequence[Selector], source: Source) -> Meaning | None:
    """Codes that a sentence names of a category which the one before it named: they are what is meant by it.

    None where a code only serves a detail that is not known, or for a sentence that names none.
    """
    if source.phrases.find("fallback", stretch.text) or _FALLBACK.search(stretch.text):
        return None
    wide = [k for k in told if isinstance(k, Category)]
    own = [
        s for s in spots(stretch.text)
        if s.kind == "code" and (x := selector_of(s, side.scheme)) is not None
        and any(source.same_codes(x, k) for k in wide)
    ]  # fmt: skip
    if not own:
        return None
    if len(own) == 1 or len({s.printed[:3] for s in own}) > 1:
        return Meaning((), "unclear", "a code of a listed category")
    parts = [expression_of(stretch, ([s], []), side.scheme, source, s.end) for s in own]
    choice = OneOf(tuple(p for p in parts if p is not None), citation=source.cite(stretch))
    return Meaning((Effect("specify", side, stretch, choice, plain=False),))


def about_listed(
    stretch: Stretch, side: Side, mentions: tuple[Selector, ...], told: Sequence[Selector], source: Source
) -> Meaning:
    """A sentence about codes that are listed already: it may make one conditional, deny one.

    Or tie them to conditions.
    """
    text, phrases = stretch.text, source.phrases
    if phrases.find("only", text) and not _FALLBACK.search(text):
        words = condition_of(stretch, source)
        if words is not None and len(set(mentions)) == 1:
            return Meaning((Effect("restrict", side, stretch, None, mentions, without_note(words), plain=False),))
        return Meaning((), "unclear", "what it restricts")
    if len(set(mentions)) > 1 and re.search(r"\b(?:only|solely|exclusively)\b", text):
        return Meaning((), "unclear", "what it restricts")
    if phrases.find("not", text) and phrases.find("alone", text):
        return REMARK
    if phrases.find("not", text):
        words = condition_of(stretch, source)
        if words is not None and len(set(mentions)) == 1 and not phrases.find("fallback", words.text):
            return Meaning((Effect("restrict", side, stretch, None, mentions, without_note(words), plain=False),))
        return Meaning((Effect("exclude", side, stretch, None, mentions),))
    if phrases.find("prefer", text) and len(set(mentions)) == 1:
        return Meaning((Effect("rank", side, stretch, None, mentions),))
    if (hit := phrases.find("beside", text)) is not None and len(set(mentions)) > 1:
        before = [s for s in spots(text) if s.end <= hit.start()]
        added = tuple(x for s in before if (x := selector_of(s, side.scheme)) is not None)
        if added and not phrases.find("condition.no-beside", text):
            return Meaning((Effect("beside", side, stretch, None, added),))
    if (narrow := _narrower(stretch, side, told, source)) is not None:
        return narrow
    facts = source.lexicon.stated_in(text)
    if len({facet for facet, _ in facts}) < len(facts):
        return Meaning((Effect("label", side, stretch, None, mentions),))
    risk = phrases.find("risk", PURPOSE.sub(" ", text))
    if len(set(mentions)) > 1 and (apart := re.search(r"\bnot (?:to|with|for|after|behind)\b", text)):
        return Meaning((), "unclear", f'"{apart[0]}"')
    if risk and not phrases.find("fallback", text):
        return Meaning((), "unclear", f'"{risk[0]}"')
    return REMARK


def offered(
    stretch: Stretch, side: Side, read: list[tuple[Spot, Selector]], known: Sequence[Selector], source: Source
) -> Meaning:
    """Codes offered in place of a listed one: other codes of a listed code's category.

    Or new ones beside one mention.
    """
    wide = [(s, x) for s, x in read if s.kind in {"bare", "category"}]
    if len(read) == len(wide) == 1:
        spot, selector = wide[0]
        node: Expression = Pick(selector, "", source.cite(stretch, spot.start, spot.end))
        words = (
            condition_of(stretch, source) or stretch.part(len("("), len(stretch.text))
            if stretch.text.startswith("(")
            else stretch
        )
        node = When(source.condition(words), node, source.cite(stretch))
        near = tuple(k for k in known if source.same_codes(k, selector)) or ()
        return Meaning((Effect("instead", side, stretch, node, near, None, plain=False),))
    new = [s for s, x in read if not any(source.same_codes(x, k) for k in known)]
    mentions = tuple(x for _, x in read if any(source.same_codes(x, k) for k in known))
    if new and len(set(mentions)) <= 1:
        made = groups(stretch, new, source, {s.start for s in new})
        leading = [k for k in dict.fromkeys(known) if source.leads(k)]
        target = mentions[:1] or tuple(leading if len(leading) == 1 else ())
        offered = expression_of(stretch, made[0], side.scheme, source, len(stretch.text)) if len(made) == 1 else None
        if target and offered is not None:
            words = condition_of(stretch, source)
            if words is not None:
                offered = When(source.condition(without_note(words)), offered, source.cite(stretch))
            return Meaning((Effect("instead", side, stretch, offered, target, None, plain=False),))
    return Meaning((), "unclear", "what replaces what")
