"""What a new edition does to a thousand recommendations: `python benchmarks/impact.py [RECOMMENDATIONS]`.

Two made-up editions, and recommendations of main codes, additions and choices over codes, categories and chapters.
The peer, on one in a hundred, lists the codes under each selector in both editions and compares, which is what
a person with two code lists does, and tells neither which combinations change nor a repair. Goal: 1,000 in 10 s.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from kg.codes import Category, Chapter, CodeList, One, Scheme, Selector, covers
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, picks
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.reason.impact import Editions, impacts
from kg.terminology.building import write_terminology
from kg.terminology.in_use import OpenCodes
from kg.terminology.release import Release
from kg.terminology.sample.writing import sample_release

GOAL_S = 10


def editions(folder: Path) -> Editions:
    """Two editions, loaded."""
    lists: list[dict[Scheme, CodeList]] = []
    for number in (1, 2):
        sample_release(folder / f"release{number}", 600, 1, edition=number)
        write_terminology([folder / f"release{number}"], folder / f"loaded{number}")
        release = Release(folder / f"loaded{number}")
        found: dict[Scheme, CodeList] = {}
        for scheme in Scheme:
            edition = release.code_editions(scheme)[-1]
            found[scheme] = CodeList.of(scheme, edition.codes_under(_all(scheme), OpenCodes().chapters))
        lists.append(found)
    return Editions(lists[0], lists[1], OpenCodes().chapters, (lambda _: None, lambda _: None))


def _all(scheme: Scheme) -> Selector:
    from kg.codes import Range

    return Range(scheme, "A00", "Z99")


def made_up(n: int, known: Editions, chance: random.Random) -> Recommendation:
    """A recommendation: a main code, a choice, an addition, a chapter; and three categories of diagnoses."""

    def pick(scheme: Scheme, wide: bool) -> Expression:
        code = chance.choice(known.old[scheme].codes)
        return Pick(Category(scheme, code.category) if wide else One(code))

    opcs = Scheme.OPCS4
    choice = OneOf(tuple(pick(opcs, wide=chance.random() < 0.5) for _ in range(4)))
    parts = (pick(opcs, wide=False), choice, Optional(pick(opcs, wide=True)), Pick(Chapter(opcs, "Z")))
    diagnosis = OneOf(tuple(pick(Scheme.ICD10, wide=True) for _ in range(3)))
    return Recommendation(f"G{n:05}", "", (Reading(AllOf(parts), diagnosis),))


def by_lists(recommendation: Recommendation, known: Editions) -> int:
    """How many codes below its selectors only one of the editions has, looked up one by one."""
    found = 0
    for side in Side:
        for each in {pick.selector for pick in picks(recommendation.side(side))}:
            under = [
                {code.key for code in of[side.scheme].codes if covers(each, code, known.chapters)}
                for of in (known.old, known.new)
            ]
            found += len(under[0] ^ under[1])
    return found


def main() -> int:
    """Print both times and their ratio; 1 if the goal is missed."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        known = editions(Path(folder))
        chance = random.Random(1)  # noqa: S311
        recommendations = [made_up(n, known, chance) for n in range(number)]
        start = time.process_time()
        told = sum(1 for each in recommendations for _ in impacts(each, known))
        own = time.process_time() - start
        few = recommendations[: max(1, number // 100)]
        start = time.process_time()
        for each in few:
            by_lists(each, known)
        peer = (time.process_time() - start) * number / len(few)
    print(f"{number:,} recommendations, {told:,} impacts: {own:.2f} s of processor time")
    print(f"comparing lists of codes, extrapolated from {len(few)}: {peer:.2f} s; ratio {own / peer:.3f}")
    print(f"goal {GOAL_S} s for 1,000: {'met' if own * 1000 / number <= GOAL_S else 'missed'}")
    return 0 if own * 1000 / number <= GOAL_S else 1


if __name__ == "__main__":
    sys.exit(main())
