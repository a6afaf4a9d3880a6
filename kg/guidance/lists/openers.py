"""What a sentence over a list asks of it, with what is known of the codes above it and in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import Selector
from kg.expression.recommendation import Side
from kg.guidance.page.paragraph import Paragraph, connective_of, is_note
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.cases import case_over
from kg.guidance.parts.items import read_items
from kg.guidance.parts.leads import CODE_FROM, Lead, is_lead, lead_of
from kg.guidance.parts.lines import ends_of, is_item
from kg.guidance.sentences.effects import Effect, Meaning
from kg.guidance.sentences.ledger import PURPOSE


def opened_by(
    stretch: Stretch, before: Stretch | None, side: Side, known: Sequence[Selector], source: Source, *, listed: bool
) -> Lead | None:
    """The lead-in that a sentence is; None for one that opens notes and no list.

    `before` is the sentence before it on its line, `known` the codes that the side lists, `listed`: some stand above.
    """
    text, phrases = stretch.text, source.phrases
    lead = lead_of(stretch, phrases, first=not listed)
    if lead.optional and not listed:
        # "The following codes may be used" over the first list offers the codes of the procedure itself.
        lead = replace(lead, optional=False)
        if not lead.one and not any(s.kind in {"range", "category", "bare"} for s in spots(text)):
            what = "not said: whether all of these codes go together or one of them is chosen"
            source.warn("KG-W0202", what, stretch)
    found = spots(text)
    own = [
        s
        for s in found
        if (x := source.selector(s, side.scheme, stretch)) is not None and any(source.same_codes(x, k) for k in known)
    ]
    if is_note(text) and not phrases.find("lead.one", text) and len(own) == len(found) and found:
        return None  # "what follows holds for K40-K44:" opens notes, no list
    if any(s.kind in {"range", "category", "bare"} for s in own) and not lead.plus:
        named = tuple(x for s in own if (x := selector_of(s, side.scheme)) is not None)
        lead = replace(lead, one=True, named=named)
    part = phrases.find("lead.part", text) or PURPOSE.search(text) or (before is not None and _IT.match(text))
    lead = replace(lead, plus=lead.plus and not phrases.find("lead.besides", text))
    case = case_over(lead, before, source)
    if case is not None and case is before and lead.condition is not None:
        lead = replace(lead, condition=case)  # "In that case"
    if case is not None and case is before and phrases.find("event.same", case.text):
        return replace(lead, plus=True, condition=case, part=part is not None)
    return replace(lead, case=case, part=part is not None)


_SIDE = re.compile(r"\b(?:sides?|sided|laterality|left|right|unilateral|bilateral)\b", re.IGNORECASE)


def names_below(stretch: Stretch, rest: Sequence[Paragraph], side: Side, source: Source) -> bool:
    """Whether a line that asks for a code of a category or chapter names the list right below it: codes of it.

    Codes of the side stand below a site code of their own, unless the line speaks of the side.
    """
    text, phrases = stretch.text, source.phrases
    found, asked = spots(text), CODE_FROM.match(text)
    if found and _SITES.fullmatch(text):
        first = ends_of(rest[0].stretch, phrases)[2] if rest else stretch  # "Site code" as the heading of site codes
        return any(s.kind == "code" and s.printed[0] == "Z" for s in spots(first.text)[:1]) and is_item(first, phrases)
    if asked is None or len(found) != 1 or found[0].kind == "code" or text.endswith("."):
        return False
    if phrases.verb(PURPOSE.sub(" ", re.sub(r"\([^()]*\)", " ", text))):
        return False
    wide = selector_of(found[0], side.scheme)
    if wide is None or asked.end() < found[0].start:
        return False
    below: list[str] = []
    cases: list[str] = []
    ors, listed = 0, 0  # a list that is joined by "or" already needs no line above it to ask for one
    for line in rest:
        connective = connective_of(line.text, phrases)
        lead, label, own, _ = ends_of(line.stretch, phrases)
        if connective == "or" and below:
            ors += 1
            continue
        if connective or lead == "plus" or label is not None or not own.text or not is_item(own, phrases):
            break
        codes = [selector_of(s, side.scheme) for s in spots(own.text) if s.kind == "code"]
        if not codes or not all(x is not None and source.same_codes(wide, x) for x in codes):
            break
        below += [str(x) for x in codes]
        ors, listed = ors + len(codes) - 1, listed + len(codes)
        cases += [case[0].casefold() for case in _CASE.finditer(own.text)]
    alike = len(set(cases)) < max(len(cases), len("AB"))
    if cases and (alike or any(phrases.opens("optional", case) for case in cases)):
        return False  # codes for one case, or at will, go with what is asked for
    sides = all(x.startswith("Z94") for x in below) and _SIDE.search(text) is None
    named = len(set(below)) > 1 and not (sides and found[0].kind == "chapter")
    if named and ors + 1 >= listed and found[0].kind == "chapter" and not text.endswith(":"):
        what = f'not said whether the choice is of "{found[0].printed}" or goes with it: it is read as that choice'
        source.warn("KG-W0202", what, stretch)
    return named


_CASE = re.compile(r"(?<=\()(?:only )?(?:if|when|where|for|in)\b[^()]*", re.IGNORECASE)
_SITES = re.compile(r"(?:supplementary |additional |anatomical )?site codes?", re.IGNORECASE)


# What a lead-in adds to its list behind a comma ("One of the codes below is recorded, followed always by Z11.2:").
_ADDS = re.compile(
    r",?\s+(?:(?:and|always|then|also|in (?:each|every|any|either) case|in all cases)\s+)*"
    r"(?:(?:followed|accompanied|supplemented|completed|qualified)(?: always| in (?:each|every|any) case| in turn)? by"
    r"|together with|along with|plus)\s+(?=[^:]*[A-Z]\d\d)",
    re.IGNORECASE,
)


def trailing(stretch: Stretch, side: Side, source: Source) -> tuple[Meaning, Stretch]:
    """The codes that a lead-in adds to its list, plainly so, and the lead-in without them."""
    text, nothing = stretch.text, (Meaning(()), stretch)
    found = _ADDS.search(text)
    if found is None or not text.endswith(":") or spots(text[: found.start()]) or is_note(text):
        return nothing
    before = stretch.part(0, found.start())
    if not source.phrases.find("lead.list", before.text) or source.phrases.find("condition", text[found.start() :]):
        return nothing
    items = read_items(stretch.part(spots(text)[0].start, len(text.rstrip(" :"))), side.scheme, source)
    if any(item.leads or item.asides for item in items) or not items:
        return nothing
    return Meaning(tuple(Effect("add", side, item.stretch, item.expression) for item in items)), before


_IT = re.compile(r"(?:it|this|these) (?:is|are)\b", re.IGNORECASE)  # what the sentence before it has named
# How a lead-in without a colon ends, or what it speaks of.
_OPENS = re.compile(
    r"\b(?:following|below)\b|\b(?:one|1|either|any|all|both|each) (?:of|from)$|(?<!reserved )(?<!meant )\bfor$"
    r"|\b(?:coded|classified|recorded|represented|described|reported) (?:to|by|with|as|under|using|through)$"
    r"|\b(?:one|single|each|all|both|any|entry|code|codes|line) (?:out )?(?:of|from|in) (?:this|the) list\b",
    re.IGNORECASE,
)

_BIDS = re.compile(r"(?:^|[\s,)])(?:assign|record|append|add|use|code|enter)$", re.IGNORECASE)


# "Except where a graft is made, the code is".
_CODE_IS = re.compile(r"\bthe (?:(?:opcs|icd)\S* |procedure |diagnosis )?codes? (?:is|are)$", re.IGNORECASE)


def points_below(text: str, phrases: Phrases) -> bool:
    """Whether a sentence over a list leads to it although no colon ends it ("one of the codes below is added.")."""
    if phrases.find("excepts", text) is not None and _CODE_IS.search(text) is not None:
        return True
    if _BIDS.search(text) is not None:
        return phrases.find("condition", text) is not None or is_lead(text, phrases)
    return phrases.find("lead", text) is not None and _OPENS.search(text) is not None
