"""Hypothesis strategies: codes, selectors, conditions, expressions, contexts and records, with awkward values by hand.

The pools are small on purpose, so that selectors overlap, codes repeat and conditions meet. How many examples a test
draws is told by `examples`; `KG_CAMPAIGN=20000` multiplies nothing but sets the number for a long campaign
(docs/verification.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from types import MappingProxyType

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from kg.codes import Chapters, Code, Scheme, Selector, covers, parse_selector
from kg.expression.condition import Condition, Context, Facets
from kg.expression.nodes import (
    AllOf,
    Expression,
    OneOf,
    Optional,
    Pick,
    Unnamed,
    When,
    conditions,
    picks,
)
from kg.reason.record import Record

MOST_DERIVATIONS = 300
"""Expressions that could have more ways than this are not drawn: brute force has to walk them all."""


def examples(usual: int) -> int:
    """How many examples a test draws: `usual`, or the number in the environment variable KG_CAMPAIGN."""
    return int(os.environ.get("KG_CAMPAIGN") or usual)


CHAPTERS = Chapters(MappingProxyType({"O11": "Z", "O12": "Z", "O13": "Z", "O14": "Z", "O15": "L", "O28": "Z"}))
"""A part of the real overflow: O11-O14 and O28 are sites (Z), O15 between them is of arteries (L)."""

FACETS = Facets(
    MappingProxyType(
        {
            "approach": MappingProxyType({"open": None, "laparoscopic": None, "robotic": "laparoscopic"}),
            "image-control": MappingProxyType({"used": None, "fluoroscopic": "used", "ct": "used", "cone-beam": "ct"}),
            "primary-tumour": MappingProxyType({"eradicated": None, "present": None}),
        }
    )
)
"""Values that exclude each other, and a chain of three in which each implies the next."""

_OPCS4_SELECTORS = """
    J12.8 J12.3 J03.2 Y53.4 Y53.9 X70.1 X71.1 Z94.1 O11.1 O15.1 O28.2
    J12 Y53 X70 Z94 O11
    X70-X71 X70-X72 X71-X73 X70.5-X71.2 Y50-Y53 O11-O15 O14-O28
    Z Y J L
"""
_ICD10_SELECTORS = """
    C78.7 C78.0 C19 C18.2 C18.9 M80.4 M80.40 Z85.0 Z85.1
    C78.- C18.- Z85.- M80.- M80.4-
    C15-C26 C18-C19 C18.5-C19 C76-C80
    C Z
"""
_OPCS4_CODES = """
    J12.8 J12.3 J03.2 Y53.4 Y53.9 Y50.2 X70.1 X70.9 X71.1 X72.1 Z94.1 Z94.3 O11.1 O13.9 O15.1 O28.2 L12.1
"""
_ICD10_CODES = "C78.7 C78.0 C19 C18.2 C18.9 C22.0 M80.4 M80.40 M80.45 M80.0 Z85.0 Z85.1"

SELECTORS: dict[Scheme, tuple[Selector, ...]] = {
    Scheme.OPCS4: tuple(parse_selector(text, Scheme.OPCS4) for text in _OPCS4_SELECTORS.split()),
    Scheme.ICD10: tuple(parse_selector(text, Scheme.ICD10) for text in _ICD10_SELECTORS.split()),
}
CODES: dict[Scheme, tuple[Code, ...]] = {
    Scheme.OPCS4: tuple(Code.parse(text, Scheme.OPCS4) for text in _OPCS4_CODES.split()),
    Scheme.ICD10: tuple(Code.parse(text, Scheme.ICD10) for text in _ICD10_CODES.split()),
}

CONDITIONS = (
    *(Condition("approach", value) for value in ("open", "laparoscopic", "robotic")),
    *(Condition("image-control", v) for v in ("used", "fluoroscopic", "ct", "cone-beam")),
    *(Condition("primary-tumour", value) for value in ("eradicated", "present")),
    # A facet of no table: its values exclude each other. The same fact in other words is the same condition.
    *(Condition("stage", value) for value in ("1", "2")),
    Condition("approach", "open", "by laparotomy"),
    # Known by words alone: values stand by themselves.
    Condition.stated("both kidneys"),
    Condition.stated("left kidney"),
)


def schemes() -> SearchStrategy[Scheme]:
    """Either classification, OPCS-4 first."""
    return st.sampled_from(tuple(Scheme))


def codes(scheme: Scheme) -> SearchStrategy[Code]:
    """A code of the pool, now and then any code of the right shape."""
    shape = r"[A-Z][0-9]{2}\.[0-9]"
    anywhere = st.from_regex(shape, fullmatch=True).map(lambda text: Code.parse(text, scheme))
    return st.one_of(st.sampled_from(CODES[scheme]), st.sampled_from(CODES[scheme]), anywhere)


def selectors(scheme: Scheme) -> SearchStrategy[Selector]:
    """A selector of the pool: codes, categories, ranges and chapters, many of which overlap."""
    return st.sampled_from(SELECTORS[scheme])


def some_conditions() -> SearchStrategy[Condition]:
    """A condition of the pool."""
    return st.sampled_from(CONDITIONS)


def derivations_at_most(e: Expression) -> int:
    """A bound from above on the ways to go through an expression; sums and products alone."""
    match e:
        case Pick() | Unnamed():
            return 1
        case AllOf(parts=parts):
            product = 1
            for part in parts:
                product *= derivations_at_most(part)
            return product
        case OneOf(branches=branches):
            return sum(map(derivations_at_most, branches))
        case Optional(content=inner) | When(then=inner):
            return 1 + derivations_at_most(inner)


def expressions(scheme: Scheme, *, leaves: int = 9, most: int = MOST_DERIVATIONS) -> SearchStrategy[Expression]:
    """An expression over the pools, nested in every way that the nodes allow, of at most `leaves` leaves."""
    by_hand = st.sampled_from(awkward(scheme))
    grown = st.integers(1, leaves).flatmap(lambda size: _grown(scheme, size))
    few = grown.filter(lambda e: derivations_at_most(e) <= most)
    return st.integers(0, 9).flatmap(lambda kind: by_hand if kind == 9 else few)


@st.composite
def _grown(draw: DrawFn, scheme: Scheme, size: int, depth: int = 0) -> Expression:
    """An expression of `size` leaves. Sizes are drawn before shapes: hypothesis left alone prefers a single leaf."""
    if depth < 6 and draw(st.integers(0, 5)) == 5:
        inner = draw(_grown(scheme, size, depth + 1))
        return Optional(inner) if draw(st.booleans()) else When(draw(some_conditions()), inner)
    if size == 1:
        return Unnamed("and the others") if draw(st.integers(0, 9)) == 9 else Pick(draw(selectors(scheme)))
    shares = draw(_shares(size))
    inner = tuple(draw(_grown(scheme, share, depth + 1)) for share in shares)
    kind = draw(st.sampled_from(("all", "all", "one", "mixed", "variants")))
    if kind == "all":
        return AllOf(inner)
    if kind == "one":
        return OneOf(inner)
    labelled = tuple(
        When(draw(some_conditions()), e) if kind == "variants" or draw(st.booleans()) else e for e in inner
    )
    return OneOf(labelled)


@st.composite
def _shares(draw: DrawFn, size: int) -> list[int]:
    """How the leaves are shared out among two to four parts."""
    parts = draw(st.integers(2, min(4, size)))
    cuts = draw(st.lists(st.integers(1, size - 1), min_size=parts - 1, max_size=parts - 1, unique=True))
    ends = [0, *sorted(cuts), size]
    return [after - before for before, after in pairwise(ends)]


def awkward(scheme: Scheme) -> tuple[Expression, ...]:
    """Expressions that broke an evaluator, or could: by hand."""
    a, b, category, wide, wider, chapter = (0, 1, 11, 16, 17, 23) if scheme is Scheme.OPCS4 else (0, 2, 9, 14, 15, 18)
    pick = [Pick(s) for s in SELECTORS[scheme]]
    used, fluoroscopic, ct = (Condition("image-control", v) for v in ("used", "fluoroscopic", "ct"))
    opened, keyhole = Condition("approach", "open"), Condition("approach", "laparoscopic")
    other = Unnamed("code the other excisions too")
    return (
        AllOf((pick[a], pick[a])),  # the same code twice
        AllOf((pick[a], pick[category], pick[category], pick[chapter])),
        AllOf((pick[wide], pick[wider], pick[wide])),  # ranges that overlap
        OneOf((AllOf((pick[a], pick[b])), AllOf((pick[b], pick[a])))),  # one combination, two ways
        OneOf((When(opened, pick[a]), When(keyhole, AllOf((pick[a], pick[b]))))),  # one in the other
        OneOf((When(opened, pick[a]), When(opened, pick[b]))),  # one condition, two variants
        OneOf((When(opened, When(keyhole, pick[a])), When(opened, When(opened, pick[b])))),
        AllOf((When(opened, pick[a]), OneOf((When(opened, pick[b]), When(keyhole, pick[a]))))),
        AllOf((When(used, pick[a]), When(fluoroscopic, pick[b]))),  # narrow without wide cannot be
        AllOf((When(fluoroscopic, pick[a]), When(ct, pick[b]))),  # both cannot be
        AllOf((OneOf((When(ct, pick[a]), When(ct, pick[b]))), When(ct, pick[category]))),
        # Nothing is valid at all: each way through rests on a condition and on its opposite.
        When(opened, OneOf((When(keyhole, pick[a]), When(keyhole, pick[b])))),
        AllOf((OneOf((When(opened, pick[a]), When(opened, pick[b]))), OneOf((When(keyhole, pick[a]),) * 2))),
        Optional(Optional(pick[a])),
        Optional(OneOf((Optional(pick[a]), When(opened, Optional(pick[b]))))),
        OneOf((pick[a], OneOf((pick[b], When(keyhole, pick[category]))))),
        AllOf((pick[a], AllOf((pick[b], AllOf((pick[a], other)))))),  # nested, with a code again
        OneOf((other, AllOf((pick[a], other)))),
        When(opened, other),
        AllOf((other, other)),
        pick[chapter],
        other,
    )


@st.composite
def contexts(draw: DrawFn, e: Expression | None = None) -> Context:
    """A context that some care event can have; of the conditions of `e` if given, else of the pool."""
    pool = conditions(e) if e is not None else list(CONDITIONS)
    facts = {condition.fact: condition for condition in (*pool, *CONDITIONS[:2])}
    chosen = draw(st.lists(st.sampled_from(sorted(facts)), max_size=3, unique=True))
    known: dict[tuple[str, str], bool] = {}
    for facet, value in chosen:
        # What is known already decides some facts; to say otherwise would be a contradiction.
        if Context(known, FACETS).holds(facet, value) is None:
            holds = draw(st.booleans())
            if holds and any(
                f == facet and given is False and FACETS.implies(facet, value, v) for (f, v), given in known.items()
            ):
                continue
            known[facet, value] = holds
    return Context(known, FACETS)


NOTHING = Context(facets=FACETS)
"""Nothing known of the event, with the facets of this pool."""


def refinements(context: Context, e: Expression) -> Iterator[Context]:
    """The contexts that know one condition of `e` more."""
    for condition in conditions(e):
        if context.holds(*condition.fact) is None:
            for holds in (True, False):
                yield Context({**context.facts, condition.fact: holds}, context.facets)


@st.composite
def code_lists(draw: DrawFn, scheme: Scheme, e: Expression | None = None, most: int = 6) -> tuple[Code, ...]:
    """Codes of a record in order, most of them below a selector of `e`; a code may stand twice."""
    wanted = [pick.selector for pick in picks(e)]
    near = [code for code in CODES[scheme] if any(covers(s, code, CHAPTERS) for s in wanted)]
    one = codes(scheme)
    if near:
        one = st.one_of(st.sampled_from(near), st.sampled_from(near), st.sampled_from(near), one)
    return tuple(draw(st.lists(one, max_size=most)))


@st.composite
def records(draw: DrawFn, scheme: Scheme, e: Expression | None = None) -> Record:
    """A record with codes on one side, and a context."""
    entries = draw(code_lists(scheme, e))
    context = draw(contexts(e))
    if scheme is Scheme.OPCS4:
        return Record(procedures=entries, context=context)
    return Record(diagnoses=entries, context=context)
