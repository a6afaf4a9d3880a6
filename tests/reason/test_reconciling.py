"""A map held against a guidance, and both against all their combinations written down."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codes import Chapters, Code, Scheme, Selector, covers, parse_selector
from kg.reason.reconciling import Fit, Relation, reconcile

POOL = [Code.parse(text, Scheme.OPCS4) for text in ("J12.3", "J12.8", "Y53.2", "Y53.4")]
SELECTORS = [parse_selector(text, Scheme.OPCS4) for text in ("J12.3", "J12.8", "J12.-", "Y53.4", "Y53.-")]
CHAPTERS = Chapters()


def codes(text: str) -> tuple[Code, ...]:
    return tuple(Code.parse(each, Scheme.OPCS4) for each in text.split())


def selectors(text: str) -> tuple[Selector, ...]:
    return tuple(parse_selector(each, Scheme.OPCS4) for each in text.split())


def written(recommended: list[tuple[Selector, ...]]) -> set[tuple[Code, ...]]:
    """The combinations of codes of a guidance."""
    return {
        tuple(sorted(chosen))
        for each in recommended
        for chosen in product(*([c for c in POOL if covers(s, c, CHAPTERS)] for s in each))
    }


@pytest.mark.parametrize(
    ("mapped", "recommended", "relation", "narrower"),
    [
        (["J12.8 Y53.4"], ["J12.8 Y53.4"], "same", ""),
        (["Y53.4 J12.8", "J12.8 Y53.2"], ["J12.8 Y53.-"], "same", ""),
        (["J12.8 Y53.4"], ["J12.8 Y53.-"], "narrower", "map"),
        (["J12.8"], ["J12.8 Y53.-"], "narrower", "map"),
        (["J12.8 Y53.4", "J12.3"], ["J12.8 Y53.4"], "narrower", "guidance"),
        (["J12.3"], ["J12.8 Y53.-"], "conflicting", ""),
        (["J12.3", "J12.8 Y53.4"], ["J12.8 Y53.-"], "conflicting", ""),
        ([], ["J12.8"], "silent", ""),
        (["J12.8"], [], "silent", ""),
    ],
)
def test_relations(mapped: list[str], recommended: list[str], relation: str, narrower: str) -> None:
    named = [selectors(text) for text in recommended]
    found = reconcile([codes(text) for text in mapped], named, len(written(named)), CHAPTERS)
    assert (found.relation, found.narrower) == (relation, narrower)


combined = st.lists(st.sampled_from(SELECTORS), min_size=1, max_size=2).map(tuple)


@given(
    st.lists(st.lists(st.sampled_from(POOL), min_size=1, max_size=2).map(tuple), min_size=1, max_size=4),
    st.lists(combined, min_size=1, max_size=3),
)
def test_the_relation_is_that_of_the_sets(
    mapped: list[tuple[Code, ...]], recommended: list[tuple[Selector, ...]]
) -> None:
    of_map, of_guidance = {tuple(sorted(each)) for each in mapped}, written(recommended)
    found = reconcile(mapped, recommended, len(of_guidance), CHAPTERS)
    assert (found.relation is Relation.SAME) is (of_map == of_guidance)
    if found.relation is Relation.NARROWER and found.narrower == "guidance":
        assert of_guidance < of_map
    if of_map < of_guidance:
        assert (found.relation, found.narrower) == (Relation.NARROWER, "map")
    for each, fit in found.fits:
        assert (fit is Fit.WHOLE) is (tuple(sorted(each)) in of_guidance)
    if found.relation is Relation.CONFLICTING:
        assert of_map - of_guidance
        assert of_guidance - of_map
