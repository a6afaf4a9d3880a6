"""What a sentence does to the codes that are listed, and when what it adds is an alternative to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.codes import One, Selector
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, Unnamed, When, picks
from kg.expression.recommendation import Side
from kg.facets import plain
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.conditions import is_for_another, without_note
from kg.guidance.parts.contrasts import all_exclude
from kg.guidance.parts.sides import said_in

AS_ADDED = "not said whether this code goes with the others or takes their place: it is read as going with them"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a sentence does. `add`: its expression goes with what is listed; `instead`.

    It is an alternative to `mentions`;
    `restrict`: the listed `mentions` hold under `condition` only; `exclude`: it denies `mentions`; `label`: it ties
    them to a condition; `rank`: it prefers the first of the alternatives.

    `mentions` are listed selectors that the sentence speaks of; `plain`: no condition of the sentence's own; `earlier`:
    the sentence before it, where that alone tells the case.
    """

    kind: str
    side: Side
    stretch: Stretch
    expression: Expression | None = None
    mentions: tuple[Selector, ...] = ()
    condition: Stretch | None = None
    plain: bool = True
    bound: bool = False
    earlier: Stretch | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """The effects of a sentence, and what it was taken for: read, remark or unclear (with `why`); `sure`: nobody needs
    to look.
    """

    effects: tuple[Effect, ...] = ()
    status: str = "read"
    why: str = ""
    sure: bool = False


def asks(effect: Effect | None) -> bool:
    """Whether a sentence asks for a code without its name."""
    return effect is not None and effect.kind == "add" and isinstance(effect.expression, Unnamed)


def report_meaning(meaning: Meaning, stretch: Stretch, source: Source) -> None:
    """Report a sentence that was not understood, or names a code that no combination has."""
    if meaning.status == "unclear":
        source.unclear(stretch, meaning.why)
    elif (what := _NAMED.get(meaning.status)) is not None:
        review = meaning.status == "position" and not meaning.sure
        source.warn("KG-W0206", f"a code that is {what}", stretch, review=review)


_NAMED = {"position": "named for its position only", "excluded": "said not to be used", "general": "told in general"}
_RESIDUAL = re.compile(
    r"\b(?:choosing|using|taking|with|selecting|giving|adding|choose|use|take|the fourth character|being|it is)"
    r" (?:the )?(?:fourth character )?['\"]?\.9['\"]?,?\s*(?:as (?:the|its) fourth character,?\s*)?$",
    re.IGNORECASE,
)


def of_residual(stretch: Stretch, words: Stretch) -> bool:
    """Whether a case is only that of a fourth character ("choosing .9 when the method is not known")."""
    at = stretch.text.find(words.text)
    return at > 0 and _RESIDUAL.search(stretch.text[:at]) is not None


def is_unknown(effect: Effect, source: Source) -> bool:
    """Whether a code is for the case that a detail is not known; titles of codes in the condition do not count."""
    if effect.condition is None:
        return False
    said = effect.condition.text
    first = min((spot.start for spot in spots(said)), default=len(said))
    behind = said[first:]
    for pick in picks(effect.expression):
        behind = behind.replace(pick.title, " ") if pick.title else behind
    return source.phrases.find("fallback", f"{said[:first]} {behind}") is not None


def as_alternative(made: Meaning, stretch: Stretch, side: Side, known: Sequence[Selector], source: Source) -> Meaning:
    """A main code under a condition that says how or on whom is an alternative to the listed ones.

    One for an unknown detail, to its like.
    """
    if (other := _of_another(made, stretch, known, source)) is not None:
        return other
    effect = made.effects[0]
    node = effect.expression
    branches = node.branches if isinstance(node, OneOf) else (node,)
    if not all(isinstance(b, When) for b in branches) or not known or node is None:
        return made
    if side is Side.DIAGNOSIS:
        return _another_diagnosis(made, stretch, known, source)
    own = names(node)
    if is_unknown(effect, source):
        like = tuple(k for k in dict.fromkeys(known) if str(k)[0] == str(own[0])[0])
        siblings = tuple(k for k in like if str(k)[:3] == str(own[0])[:3])
        like = siblings if len(siblings) > 1 else like
        if not like:
            return made
        return Meaning((replace(effect, kind="instead", mentions=like),))
    if source.leads(own[0]) and any(str(k)[:3] == str(own[0])[:3] for k in known):
        return Meaning((replace(effect, kind="other", expression=node),))
    if source.is_operation(own[0]) and any(source.leads(k) for k in known):
        besides = effect.condition is not None and source.phrases.find("condition.concurrent", effect.condition.text)
        besides = besides or source.phrases.opens("condition.its-own", without_note(stretch).text)
        besides = besides or _AMONG_OTHERS.search(said_in(stretch, source))
        if besides or (is_for_another(stretch.text, source) and source.phrases.find("lead.refers-back", stretch.text)):
            return made  # "in all three, what is removed with it has its own code"
        if isinstance(node, When) and node.condition.facet in {"approach", "stage", "person", "operation", "side"}:
            source.warn(
                "KG-W0202",
                "a main code for another way of doing it: read as an alternative to the listed ones",
                stretch,
            )
            return Meaning((replace(effect, kind="other"),))
        source.warn("KG-W0202", AS_ADDED, stretch)
    return made


def _of_another(made: Meaning, stretch: Stretch, known: Sequence[Selector], source: Source) -> Meaning | None:
    """Codes that a sentence gives to the record of another person ("that of the donor"): an alternative to the list."""
    text, phrases = said_in(stretch, source), source.phrases
    hit = phrases.find("record.other", text)
    adds = len(made.effects) == 1 and made.effects[0].kind == "add" and made.effects[0].expression is not None
    if hit is None or not adds or not any(map(source.leads, known)) or phrases.find("lead.refers-back", text):
        return None
    effect, node = made.effects[0], made.effects[0].expression
    if node is None or not any(source.leads(x) for x in names(node)):
        return None
    if not phrases.find("record.sure", text):
        source.warn("KG-W0202", "a code for another record: read as an alternative to the listed ones", stretch)
    if not isinstance(node, When):
        node = When(source.condition(stretch.part(0, len(stretch.text.rstrip(" .")))), node, source.cite(stretch))
    return Meaning((replace(effect, kind="other", expression=node, plain=False),))


# Where a code stands among those listed, so that it goes with them.
_AMONG_OTHERS = re.compile(
    r"\b(?:between|behind|after|before|ahead of|in front of|added to|besides?|together with|along with|followed by)"
    r" (?:the |these |those |both )?(?:(?:two|three|four|other|main|listed|above) ){0,2}"
    r"(?:ones|others?|two|three|codes?(?: above)?|lines?|entries)\b",
    re.IGNORECASE,
)


def _another_diagnosis(made: Meaning, stretch: Stretch, known: Sequence[Selector], source: Source) -> Meaning:
    """A diagnosis in one case that is of the kind of the listed one: "the tumour is coded as" says it anew.

    So it is read as an alternative, and a person is asked; without such words, as an addition, and asked too.
    """
    own = names(made.effects[0].expression)
    kinds = {kind_of(x) for x in own}
    if len(kinds) != 1 or not any(kind_of(k) in kinds for k in known) or any(kind_of(k) not in kinds for k in known):
        return made
    if is_unknown(made.effects[0], source):
        return made  # it becomes an alternative when the side is whole (kg.guidance.lists.only_cases)
    anew = source.phrases.find("anew", stretch.text) is not None
    what = "as an alternative to the listed one" if anew else "as going with the listed one"
    source.warn("KG-W0202", f"a diagnosis of the same kind in one case: read {what}", stretch)
    return Meaning((replace(made.effects[0], kind="other"),)) if anew else made


def kind_of(selector: Selector) -> str:
    """The category of a diagnosis; one for all neoplasms."""
    printed = str(selector)
    return "C" if printed[0] == "C" or (printed[0] == "D" and printed[1:3] < "49") else printed[:3]


def excepted(made: Meaning, source: Source, asked: tuple[int, bool]) -> Meaning:
    """A main code that a note gives to the case which a lead-in excepted: an alternative to the list.

    So whether it takes its place is no question any more (`asked` before the note was read).
    """
    offers = [e for e in made.effects if e.kind in {"add", "instead"}]
    own = [e for e in offers if any(source.leads(x) for x in names(e.expression))]
    if made.status != "read" or len(own) != 1 or len(made.effects) != 1 or own[0].expression is None:
        return made
    if _names_case(own[0].stretch.text):
        del source.warnings[asked[0] :]
        source.review = asked[1]  # all its words but the code are the case
    source.withdraw(asked, AS_ADDED)
    words = source.condition(own[0].stretch)
    node = own[0].expression
    node = node if isinstance(node, When) else When(words, node, source.cite(own[0].stretch))
    return Meaning((replace(own[0], kind="other", expression=node),))


def _names_case(text: str) -> bool:
    """Whether a note only gives a code to a case: "Work on a device that is in place is X"."""
    first = min((spot.start for spot in spots(text)), default=0)
    said = re.fullmatch(
        r"(?:notes?\s*:\s*)?(?P<case>[^.;:]+?)\s(?:is|are|has|takes|needs)"
        r"(?: (?:coded|recorded|classified|assigned)(?: as| to| with| by)?| the code)?\s*",
        text[:first],
        re.IGNORECASE,
    )
    plain = said is not None and not re.search(
        r"\b(?:if|when|where|unless|may|not|or|only)\b", said["case"], re.IGNORECASE
    )
    return plain and len(spots(text)) == 1 and text[first:].count(",") == 0


def only_qualifies(meaning: Meaning, source: Source) -> bool:
    """Whether all that is added qualifies a main code: no code of it can stand first in a record.

    Among diagnoses so do causes (V to Y) and germs (B95 to B98).
    """
    return all(
        not any(
            source.leads(x) if e.side is Side.PROCEDURE else not _QUALIFIES.match(str(x)) for x in names(e.expression)
        )
        for e in meaning.effects
    )


_QUALIFIES = re.compile(r"[VWXY]\d\d|B9[5-8]")


def contrasted(effects: list[Effect], stretch: Stretch, source: Source) -> list[Effect]:
    """Codes that one sentence gives to the values of a facet.

    In order ("A for an open operation and B for a laparoscopic one").
    """
    words = stretch.text  # without the titles of the codes, which state facts of their own
    for pick in (pick for e in effects for pick in picks(e.expression) if pick.title):
        words = re.sub(rf"(?<=[\w.*-] ){re.escape(pick.title)}", " ", words)
    stated, affirmed = source.lexicon.named_in(words), source.lexicon.stated_in(words)
    for facet in source.lexicon.order:
        values = sorted(
            (v for f, v in stated if f == facet), key=lambda v: _first_place(stretch.text, facet, v, source)
        )
        if len(values) < 2:
            continue
        if len(values) != len(effects) or not all((facet, value) in affirmed for value in values):
            source.warn("KG-W0202", f"not said which code is for which {facet}", stretch)
            return effects
        branches = [
            When(Condition(facet, v, stretch.text, source.cite(stretch)), e.expression, e.expression.citation)
            for v, e in zip(values, effects, strict=True)
            if e.expression is not None
        ]
        return [replace(effects[0], expression=OneOf(tuple(branches), citation=source.cite(stretch)), plain=False)]
    return effects


def exclusive(
    effects: list[Effect], side: Side, stretch: Stretch, source: Source, first: int, base: Sequence[Selector] = ()
) -> list[Effect]:
    """Main codes or diagnoses of one sentence, each under its own condition: alternatives.

    Silently so where the conditions are values of one facet that exclude each other, or the last denies the others, or
    the sentence tells one thing before a colon. `first`: where the first code ends; `base`: the diagnoses listed, to
    which those of other kinds are added, each in its case.
    """
    cases = [e.expression for e in effects if isinstance(e.expression, When)]
    if len(cases) < 2 or len(cases) < len(effects):
        return effects
    known = are_exclusive(cases) or _tells_one_thing(stretch.text[:first])
    known = known or (len(cases) == 2 and re.search(r"\bunless\b", stretch.text[first:], re.IGNORECASE) is not None)
    known = known or (side is Side.DIAGNOSIS and not base and not any(_CASE.match(c.condition.words) for c in cases))
    main = all(source.leads(names(c)[0]) for c in cases if names(c))
    if not (main or (side is Side.DIAGNOSIS) or known):
        return effects
    if _is_beside(effects, stretch, source, first):
        own = [str(x) for c in cases for x in names(c)[:1]]
        if len({x[:3] for x in own}) == 1 < len(set(own)):
            what = "codes of one category, each added in a case: not said whether one takes the place of the other"
            source.warn("KG-W0202", what, stretch)
        return effects
    if any(source.phrases.find("condition.concurrent", e.stretch.text) for e in effects):
        return effects
    if side is Side.DIAGNOSIS and not known and _are_further(cases, base):
        return effects
    if not known:
        source.warn("KG-W0202", "a code for each of several cases: they are read as alternatives", stretch)
    return [replace(effects[0], expression=OneOf(tuple(cases), citation=source.cite(stretch)), plain=False)]


def are_exclusive(cases: Sequence[When]) -> bool:
    """Whether no two of several conditions hold at a time: values of one facet, or one that denies the others."""
    words = [c.condition.words.strip(" ,.;") for c in cases]
    of_one = len({c.condition.facet for c in cases}) == 1 and len({c.condition.value for c in cases}) == len(cases)
    known = of_one and cases[0].condition.facet not in {"stated", "image-control"}
    known = known or _DENIES.fullmatch(words[-1]) is not None or all_exclude(words)
    return known or (_FIRST.search(words[0]) and _OTHERS.search(words[-1])) is not None


def one_in_case(effects: list[Effect], stretch: Stretch, source: Source) -> list[Effect]:
    """A diagnosis, and in one case another of its category: an alternative, without a question behind "but"."""
    first, second = (e.expression for e in effects)
    if not isinstance(first, Pick) or not isinstance(second, When) or not isinstance(second.then, Pick):
        return effects
    if str(first.selector)[:3] != str(second.then.selector)[:3] or first.selector == second.then.selector:
        return effects
    if not re.search(r"\b(?:but|except|unless|whereas|while)\b", stretch.text):
        source.warn("KG-W0202", "a diagnosis of the same kind in one case: read as an alternative", stretch)
    return [replace(effects[0], expression=OneOf((first, second), citation=source.cite(stretch)), plain=False)]


def _are_further(cases: Sequence[When], base: Sequence[Selector]) -> bool:
    """Whether diagnoses in cases are each of a kind of its own, and of none of those listed."""
    kinds = [{kind_of(x) for x in names(case)} for case in cases]
    apart = all(not (a & b) for i, a in enumerate(kinds) for b in kinds[i + 1 :])
    return bool(base) and apart and not any(kind_of(k) in own for k in base for own in kinds)


# What may hold besides another case; names of diseases are those of one each ("for fibroids", "endometriosis").
_CASE = re.compile(
    r"(?:only )?(?:if|when|where|whenever|wherever|unless|once|should|in|with|without|on|after)\b", re.IGNORECASE
)
# One of several, and all others.
_FIRST = re.compile(r"\b(?:first|initial|earliest)\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:others?|later|subsequent|following|further|rest|remaining|second|every other)\b", re.IGNORECASE
)
# The case in which the one before does not hold; words that speak of one thing to record, or of several.
_DENIES = re.compile(
    r"(?:(?:if|when|where) (?:it|they|this|that|there|one|the \w+) (?:is|are|was|were|has|have|had|does|do|did)"
    r" (?:not|none|no)(?: (?:so|the case|one))?|if not|otherwise|without (?:one|it|them)|if (?:there is )?none)",
    re.IGNORECASE,
)
_ONE_THING = re.compile(r"\b(?:is|has|takes|needs|gets|requires)\b", re.IGNORECASE)
_MANY_THINGS = re.compile(r"\b(?:are|both|all|each|codes|if|when|where|and)\b", re.IGNORECASE)


def _tells_one_thing(before: str) -> bool:
    """Whether the words before the cases end in a colon and speak of one thing ("the cause is coded too: ...")."""
    head, colon, behind = before.rpartition(":")
    told = head.rpartition(":")[2]
    return bool(colon) and not _MANY_THINGS.search(f"{told} {behind}") and _ONE_THING.search(told) is not None


def _is_beside(effects: Sequence[Effect], stretch: Stretch, source: Source, first: int) -> bool:
    """Whether words behind the first code of a sentence add the later ones ("if both are done, B in addition")."""
    return len(effects) > 1 and source.phrases.find("besides", stretch.text[first:]) is not None


def _first_place(text: str, facet: str, value: str, source: Source) -> int:
    """Where a value of a facet is first named."""
    low = plain(text)
    return min(
        (
            at
            for phrase, fact in source.lexicon.words.items()
            if fact == (facet, value) and (at := low.find(phrase)) >= 0
        ),
        default=0,
    )


def names(e: Expression | None) -> list[Selector]:
    """The selectors that an expression names, in print order."""
    return [pick.selector for pick in picks(e)]


_TOO = re.compile(
    r"\b(?:also|too|as well|in addition|additionally|besides|both|further|additional|second|another|again"
    r"|(?:after|behind|following) (?=[A-Z]\d\d))\b",
    re.IGNORECASE,
)


def rival_of(made: Meaning, stretch: Stretch, side: Side, known: Sequence[Selector], source: Source) -> Selector | None:
    """The listed code whose place a code may take that a sentence adds in a case: of its category, and no main code.

    Or the listed code that a sentence names again with others. None where the sentence says "too".
    """
    match made.effects:
        case (Effect(kind="add", expression=When(then=Pick(One() as own))),) if side is Side.PROCEDURE:
            if source.leads(own) or _TOO.search(said_in(stretch, source)):
                return None
            return next((k for k in known if isinstance(k, One) and k != own and str(k)[:3] == str(own)[:3]), None)
        case (Effect(kind="add", expression=OneOf() | When(then=AllOf()) as choice),) if side is Side.PROCEDURE:
            if _TOO.search(said_in(stretch, source)):
                return None
            own = names(choice)
            again = [k for k in known if isinstance(k, One) and k in own]
            return again[0] if again and len(again) < len(own) else None  # "A or, if it is open, B", and A is listed
        case _:
            return None
