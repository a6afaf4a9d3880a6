"""What a sentence recommends: codes to add, under what condition, in place of which; or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import Selector
from kg.expression.nodes import OneOf, Optional, When, picks
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.parts.conditions import condition_of, denied_in, without_note
from kg.guidance.parts.items import in_one_group
from kg.guidance.parts.named import is_again, is_detail, is_listed, is_of_case, named_in
from kg.guidance.sentences.additions import additions
from kg.guidance.sentences.clauses import are_denied, denied_from, is_denied, is_in_brackets, is_landmark, with_joined
from kg.guidance.sentences.codeless import without_codes
from kg.guidance.sentences.earlier import of_earlier
from kg.guidance.sentences.effects import (
    Effect,
    Meaning,
    as_alternative,
    is_unknown,
    names,
    only_qualifies,
    rival_of,
)
from kg.guidance.sentences.frames import report_strange
from kg.guidance.sentences.further import further_of
from kg.guidance.sentences.instead import alone_in_case, offered
from kg.guidance.sentences.ledger import doubt_of, unread
from kg.guidance.sentences.mentions import (
    REASON,
    REMARK,
    about_listed,
)
from kg.guidance.sentences.nameless import NAMELESS
from kg.guidance.sentences.nested import in_case_before
from kg.guidance.sentences.parallel import parallel
from kg.guidance.sentences.past import of_the_past, tells_past
from kg.guidance.sentences.previous import is_open
from kg.guidance.sentences.replacing import are_of_others, is_replaced, names_other, stays, tells_replacement
from kg.guidance.sentences.residual import completes, given_up, is_the_rest, whole
from kg.guidance.sentences.shared import with_shared
from kg.guidance.sentences.trimmed import trimmed
from kg.guidance.sentences.undone import without_undone

# What is denied here is recorded there ("is omitted for A but is required for B").
_BUT_NEEDED = re.compile(
    r"\bbut (?:(?:it |they |that |this )?(?:is|are|has to be|must be|should be|may be) (?!not\b)"
    r"|(?:only )?(?:with|for|in|to|on|after|behind)\b)",
    re.IGNORECASE,
)
# What a code can be left out in; no reason ("as it is part of it").
_CASE = re.compile(r"(?:if|when(?:ever)?|where(?:ver)?|unless|once|in)\b", re.IGNORECASE)
# A case in which something was not done: what is denied in it is recorded in the other.
_UNDONE = re.compile(r"(?<!must )(?<!should )(?<!may )(?<!can )(?<!do )\b(?:no|not|none|without)\b", re.IGNORECASE)

WITH_OTHERS = "not said whether this code always goes with the others: it is read so"


def read_sentence(
    stretch: Stretch,
    side: Side,
    known: Sequence[Selector],
    source: Source,
    before: Effect | None,
    previous: Stretch | None = None,
) -> Meaning:
    """What a sentence means, and a question where it says more than was read (kg.guidance.sentences.ledger).

    `known` are the selectors listed on its side, `before` is the effect of the sentence before it, `previous` that
    sentence.
    """
    stretch = without_undone(trimmed(stretch), side, known)
    made = of_earlier(_read(stretch, side, known, source, before, previous), stretch, previous, known, source)
    made, parted = whole(made, stretch, source)
    own = [e.expression for e in made.effects if e.expression is not None]
    if own and made.status == "read":
        said = made.effects[0].stretch
        stretch = said if said.text and stretch.text.startswith(said.text) else stretch  # without codes it denies
        used = [*parted, *(e.condition for e in made.effects if e.condition is not None)]
        if words := doubt_of(stretch, own, used, source, other=any(e.kind != "add" for e in made.effects)):
            source.warn("KG-W0211", f'more is said than was read: "{words}"', stretch)
        if any(e.kind not in {"specify", "beside"} for e in made.effects):
            report_strange(stretch, own, used, side, source)
    if made.status == "read" and (rival := rival_of(made, stretch, side, known, source)) is not None:
        source.warn("KG-W0202", f"not said whether this code goes with {rival} or takes its place", stretch)
    again = own and _RECORD_OF.search(stretch.text)
    if again and any(_is_main_again(s, side, known, source) for s in spots(stretch.text)):
        source.warn("KG-W0202", "a main code is named again for another record", stretch)
    if made.status == "remark" and not made.sure and (words := unread(stretch, source)):
        source.warn("KG-W0211", f'read as a remark, and it says "{words}"', stretch)
    return made


_RECORD_OF = re.compile(r"\b(?:record|entry|episode)s? of (?:an?|the)\b", re.IGNORECASE)


def _is_main_again(spot: Spot, side: Side, known: Sequence[Selector], source: Source) -> bool:
    """Whether a listed main code is named by a sentence."""
    selector = selector_of(spot, side.scheme)
    return selector is not None and selector in known and source.leads(selector)


def _read(
    stretch: Stretch,
    side: Side,
    known: Sequence[Selector],
    source: Source,
    before: Effect | None,
    previous: Stretch | None = None,
) -> Meaning:
    text, phrases = stretch.text, source.phrases
    scheme = side.scheme
    named = named_in(stretch, scheme, source)
    if not named:
        return without_codes(stretch, side, known, source, before, previous)
    if (choice := parallel(stretch, side, known, source)) is not None:
        return Meaning((Effect("add", side, stretch, choice, plain=False),))
    made = with_shared(
        stretch,
        side,
        lambda part, listed, apart: _read(part, side, listed, apart, before, previous),
        lambda part, listed, apart: _read(part, side, listed, apart, None),
        known,
        source,
    )
    if made is not None:
        return made
    read: list[tuple[Spot, Selector]] = []
    for spot in named:
        selector = source.selector(spot, scheme, stretch)
        if selector is not None:
            read.append((spot, selector))
    new = [(s, x) for s, x in read if not is_listed(s, x, text, known, source) or is_again(text, s)]
    new = [(s, x) for i, (s, x) in enumerate(new) if not (_is_said_before(x, new[:i]) and is_landmark(text, s))]
    new = [(s, x) for s, x in new if not is_detail(s, x, read, stretch, source)]
    mentions = tuple(x for s, x in read if (s, x) not in new)
    further = further_of(stretch, side, read, new, known, source)
    if further is not None and (new or further.status == "general"):
        return further
    if new and all(is_of_case(stretch, s, source) for s, _ in new):
        sure = re.search(r"\b(?:one|single|no|nothing|same)\b", text[new[-1][0].end :], re.IGNORECASE)
        return Meaning((), "excluded") if sure else Meaning((), "unclear", "a code of the case")
    if new and are_denied(stretch, [spot for spot, _ in read], source):
        return Meaning((), "excluded")
    listed = [s for s, x in read if (s, x) not in new]
    if len(listed) == len(new) == 1 and (made := given_up(stretch, listed[0], new[0][0], source)) is not None:
        return made
    if stays(stretch, listed, [s for s, _ in new], source):
        return Meaning((), "excluded")
    if tells_replacement(text, side, source, apart=are_of_others([x for _, x in new], known, source)) or (
        new and is_replaced(text, listed, [spot for spot, _ in new], source)
    ):
        return offered(stretch, side, read, known, source, before)
    if len(listed) == len(new) == 1 and is_the_rest(stretch, listed[0], new[0][0], source):
        return offered(stretch, side, read, known, source, before)
    if len(listed) == len(new) == 1 and names_other(stretch, listed[0], new[0][0], source):
        return offered(stretch, side, read, known, source, before)
    if new and NAMELESS.search(text):
        return Meaning((), "unclear", "a code that is not named, as an alternative")
    if not new and (made := alone_in_case(stretch, mentions, before, source)) is not None:
        return made
    if not new and (made := completes(stretch, before, source)) is not None:
        return made
    if not new:
        return about_listed(stretch, side, mentions, names(before.expression) if before else (), source, known)
    if (
        phrases.find("position", text)
        and any(source.leads(k) for k in known)
        and all(is_landmark(text, s) for s, _ in new)
    ):
        offered_too = any(phrases.find(kind, text) for kind in ("position.adds", "may"))
        ranked = phrases.find("position.rank", text) is not None and not offered_too
        sure = ranked or not any(is_in_brackets(text, s) for s, _ in new)
        return Meaning((), "position", "a code named for its position", sure)
    if tells_past(text, source):
        return of_the_past(stretch, side, [s for s, _ in read], bool(new) and read[0] in new, source)
    denied = [s for s, _ in new if is_denied(stretch, s, source)]
    if not denied and (belongs := phrases.find("belongs", text)) is not None:
        denied = [s for s, _ in new if s.end <= belongs.start() and is_in_brackets(text, s)]
    denied = with_joined(denied, [s for s, _ in new], text)
    case = condition_of(stretch, source) if denied else None
    if case is None and (cut := denied_from(denied, [s for s, _ in new], text)):
        source.warn("KG-W0206", "a code that is said not to be used", stretch, cut, review=False)
        return _read(stretch.part(0, len(text[:cut].rstrip(" ,;"))), side, known, source, before, previous)
    if case is not None and _UNDONE.search(case.text):
        return Meaning((), "unclear", "a code that is denied in one case")
    if denied:
        said = REASON.sub(" ", text)
        held = phrases.find("not", said) and any(phrases.find(kind, said) for kind in ("held.together", "alone"))
        whole = len(denied) == len(new) and not held
        if whole and case is not None and _CASE.match(case.text):
            return _left_out(stretch, side, denied, case, source)
        whole = whole and _BUT_NEEDED.search(text) is None
        return Meaning((), "excluded") if whole else Meaning((), "unclear", "what it denies")
    if phrases.find("boilerplate", text) and not phrases.find("add", text):
        return REMARK
    bare = re.sub(r"^(?:please\s+)?note\s*:\s*", "", text, flags=re.IGNORECASE)
    opened = re.match(
        r"['\"(]*(?:[A-Z]\d\d|(?:or|plus|and|with|alternatively|also|then|either|in addition|additionally|furthermore"
        r"|together with|followed by|icd|opcs|(?:the )?(?:diagnosis|condition|code))\b)",
        bare,
        re.I,
    )
    if not opened and not phrases.find("add", text) and not phrases.find("record", text):
        source.warn("KG-W0202", "no word that assigns the code: it is read as going with the others", stretch)
    spelled = _spelled_out(bare, before)
    spoken = previous is not None and not spots(previous.text) and phrases.find("usual", previous.text) is not None
    made = additions(
        stretch, side, [s for s, _ in read], {s.start for s, _ in new}, mentions, source, None if spelled else previous,
        known,
    )  # fmt: skip
    plain = any(e.plain for e in made.effects) and not spelled
    echoed = spoken and re.match(r"(?:these|they|those|such|both|it)\b(?!\s+codes?\b)", bare, re.IGNORECASE)
    step = previous is not None and _NEXT.match(previous.text) is not None
    if plain and (echoed or (is_open(stretch, previous, source) and not step)):
        source.warn("KG-W0202", "not said whether this code is for the cases of the sentence before", stretch)
    made = _as_before(made, bare, stretch, before, source)
    if (nested := in_case_before(made.effects, bare, before, source)) is not None:
        return Meaning((nested,), "amended")
    if spelled and before is not None and len(made.effects) == 1 and made.effects[0].expression is not None:
        node = made.effects[0].expression
        if isinstance(before.expression, When):
            node = When(before.expression.condition, node, source.cite(stretch))
        return Meaning((replace(before, expression=node, plain=made.effects[0].plain and before.plain),), "amended")
    if (
        before is not None
        and before.expression is not None
        and len(made.effects) == 1
        and phrases.opens("alternatively", bare)
    ):
        other = made.effects[0].expression
        if other is not None:
            choice = OneOf((before.expression, other), citation=source.cite(stretch))
            return Meaning((replace(before, expression=choice),), "amended")
    besides = phrases.find("also", bare) is not None and not phrases.find("record.other", bare)
    if len(made.effects) == 1 and (is_unknown(made.effects[0], source) or not besides):
        made = as_alternative(made, stretch, side, known, source)
    if (
        known
        and any(e.plain for e in made.effects)
        and not phrases.find("also", text)
        and not step
        and not only_qualifies(made, source)
        and any(map(source.leads, known))  # else it is the main code
    ):
        source.warn("KG-W0202", WITH_OTHERS, stretch)
    return made


# A step of the record: what the sentence behind it names goes with what stands above.
_NEXT = re.compile(
    r"(?:notes?: )?(?:next|then|finally|lastly|secondly|thirdly|after (?:this|that)|in addition)"
    r"(?: come| comes|,| is| are)\b",
    re.IGNORECASE,
)


def _left_out(stretch: Stretch, side: Side, found: Sequence[Spot], case: Stretch, source: Source) -> Meaning:
    """Codes that are left out in one case: recorded in every other, which is asked about.

    Main codes and diagnoses are part of what is listed in that case ("not assigned if both are done"): just denied.
    """
    node = in_one_group(stretch, found, side.scheme, source)
    if node is None:
        return Meaning((), "unclear", "a code that is denied in one case")
    if any(source.leads(x) for x in names(node)):
        return Meaning((), "excluded")
    source.warn("KG-W0202", "a code that is left out in one case: it is read as recorded in every other", stretch)
    words = denied_in(stretch, case, source)
    other = When(source.condition(words), node, source.cite(stretch))
    return Meaning((Effect("add", side, stretch, other, (), words, plain=False),))


def _is_said_before(selector: Selector, before: Sequence[tuple[Spot, Selector]]) -> bool:
    """Whether a sentence has named a code already ("X65.3 follows J12.3, and Y36.4 follows X65.3")."""
    return any(selector == x for _, x in before)


def _spelled_out(text: str, before: Effect | None) -> bool:
    """Whether a sentence names the codes that the one before it only asked for ("It comes from category Y53")."""
    asked = before is not None and before.kind == "add" and before.expression is not None
    opens = re.match(r"(?:it|this|that|they|these|those|the code|such a code)\b", text, re.IGNORECASE) is not None
    return opens and asked and before is not None and not picks(before.expression)


def _as_before(made: Meaning, bare: str, stretch: Stretch, before: Effect | None, source: Source) -> Meaning:
    """An addition that a sentence puts as the one before it did ("so does", "the same goes for"): in a case."""
    echo = source.phrases.opens("echo", bare)
    if echo is None or before is None or len(made.effects) != 1 or not made.effects[0].plain:
        return made
    node, like = made.effects[0].expression, before.expression
    if node is None or not isinstance(like, When | Optional):
        return made
    begin = len(stretch.text) - len(bare) + echo.end()
    named = stretch.part(begin, spots(stretch.text)[0].start)
    words = named if re.search(r"[a-z]{3}", named.text) else stretch
    case = When(source.condition(words.part(0, len(words.text.rstrip(" (,:'")))), node, source.cite(stretch))
    return Meaning((replace(made.effects[0], expression=case, condition=words, plain=False),))
