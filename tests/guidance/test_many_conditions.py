"""A document with hundreds of conditions: what is told of them, and that reading it asks each of a few others only."""

from __future__ import annotations

import sys

import pytest

from kg.errors import KgError
from kg.expression.nodes import AllOf, picks
from kg.guidance.page.misprints import is_misprint_of, misprints_among
from kg.guidance.reading import read_bytes

_HEAD = "IPG900 Ablation of a node\n\nOPCS-4.9 codes:\n"


def test_misprints_among_many_phrases_are_those_of_every_pair() -> None:
    phrases = sorted(
        {
            f"if the {a}{b} is {c}used"
            for a in ("probe", "probes", "prob", "needle")
            for b in ("", "x")
            for c in ("", "mis")
        }
        | {"if theprobe is used", "if the probe was used", "LASEK", "LASIK"}
    )
    pairs = [(a, b) for i, a in enumerate(phrases) for b in phrases[i + 1 :] if is_misprint_of(a, b)]
    assert pairs
    assert sorted(misprints_among(phrases)) == sorted(pairs)


def test_a_heading_that_names_two_others_holds_for_each_among_many() -> None:
    words = ("vein", "patch", "collagen", "silicone", "titanium", "nylon", "bovine", "polyester", "ceramic", "bone")
    cases = "".join(f"With a {word} graft:\nL{at}.1\n" for at, word in enumerate(words, 16))
    read = read_bytes(f"{_HEAD}{cases}With a vein or patch graft:\nY76.1\n".encode(), "a.txt")
    own = [str(pick.selector) for pick in picks(read.procedure)]
    assert own == [*(f"L{at}.1" for at in range(16, 26)), "Y76.1"]
    assert isinstance(read.procedure, AllOf), "the approach stands beside the choice of the others"


def test_cases_within_cases_by_the_hundred_are_told_as_too_much() -> None:
    lines = "".join(
        f"Use L{10 + at % 89}.{1 + at % 8} if the {'abcdefghij'[at % 10] * 3}{at}x graft is used.\n"
        for at in range(1300)
    )
    limit = sys.getrecursionlimit()  # other tests' libraries raise it
    sys.setrecursionlimit(1_000)
    try:
        with pytest.raises(KgError) as fault:
            read_bytes(f"{_HEAD}K52.1 Open ablation of atrioventricular node\n{lines}".encode(), "a.txt")
    finally:
        sys.setrecursionlimit(limit)
    assert fault.value.id == "KG-E0214"
