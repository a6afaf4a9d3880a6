"""From codes back to guidances: pairs of a thousand guidances compared, records identified, combinations of codes counted.

    python benchmarks/inverse.py [--guidances N] [--records N]

Guidances are made here from the open list of codes in use: families of up to six around a main code, whose members widen
a code to its category, add a code, ask for image control or have variants, so that pairs of every relation occur, and one
guidance in twenty names a range of drug delivery codes that all such guidances share. The peer of comparing is comparing
each pair of guidances by writing down their records, for the pairs of which that takes under 100,000; the peer of
counting is the product of the same choices written down. Goals: the pairs of 1,000 guidances in 5 s, 10^12 combinations
of codes counted in 5 ms.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.codes import Category, Chapters, Code, CodeList, One, Range, Scheme, Selector, parse_selector
from kg.expression.combination import combinations
from kg.expression.concrete import CodeCombinations
from kg.expression.condition import NOTHING_KNOWN, Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When
from kg.expression.program import compile_expression
from kg.expression.recommendation import Reading, Recommendation
from kg.facets import load_lexicon
from kg.reason.applied import Applied
from kg.reason.compare import Comparison
from kg.reason.record import Record
from kg.standards import Loaded, load_national
from kg.terminology.in_use import OpenCodes
from kg.workspace import today

CODES, LEXICON = OpenCodes(), load_lexicon()
CHAPTERS = CODES.chapters
NOTHING = Context(facets=LEXICON.facets)
OPCS4, ICD10 = (CodeList.known(CODES, scheme).codes for scheme in Scheme)
MAIN = [code for code in OPCS4 if not CHAPTERS.is_subsidiary(code)]


def pick(text: str) -> Pick:
    """A leaf of OPCS-4."""
    return Pick(parse_selector(text, Scheme.OPCS4))


def family(chance: random.Random, size: int) -> list[tuple[Expression, Expression]]:
    """Both sides of some guidances around one main code."""
    main, other = chance.sample(MAIN, 2)
    a, b = Pick(One(main)), Pick(One(other))
    wide, extra = Pick(Category(Scheme.OPCS4, main.category)), pick(chance.choice(("Y13.2", "Y11.2", "Y39.1", "Y08.4")))
    image = OneOf((pick("Y53"), pick("Y68")))
    shapes: list[Expression] = [
        AllOf((a, extra)),
        AllOf((wide, extra)),
        AllOf((a, extra, image)),
        AllOf((a, Optional(extra), When(Condition("image-control", "used", "under image control"), image))),
        OneOf(
            (
                When(Condition("approach", "open", "open"), AllOf((a, extra))),
                When(Condition("approach", "percutaneous", "percutaneous"), AllOf((b, extra, image))),
            )
        ),
        AllOf((OneOf((a, b)), pick("Y13"), pick("Y80"))),
        AllOf((a, pick("X70-X72"))),
    ]
    disease = chance.choice(ICD10)
    diseases: list[Selector] = [One(disease), Category(Scheme.ICD10, disease.category), One(chance.choice(ICD10))]
    return [(chance.choice(shapes), Pick(chance.choice(diseases))) for _ in range(size)]


def guidances(n: int, chance: random.Random) -> list[Recommendation]:
    """So many recommendations, in families."""
    made: list[Recommendation] = []
    while len(made) < n:
        for procedure, diagnosis in family(chance, chance.randrange(1, 7)):
            said = AllOf((procedure, pick("X72"))) if chance.random() < 0.05 else procedure
            made.append(Recommendation(f"G{len(made):05}", "", (Reading(said, diagnosis),)))
    return made[:n]


def seconds(job: Callable[[], object], runs: int = 5) -> float:
    """The median of several runs."""
    taken: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def overlaps(known: list[Recommendation], applied: Applied | None) -> None:
    """Compare all pairs, with and without witnesses that the engine checks."""
    start = time.perf_counter()
    found = Comparison(known, CODES, applied, NOTHING)
    pairs = list(found.pairs())
    decided = time.perf_counter() - start
    witnesses = [w for pair in pairs for w in found.witnesses(pair)]
    shown = time.perf_counter() - start - decided
    told = ", ".join(f"{n} {relation}" for relation, n in sorted(Counter(p.procedure.value for p in pairs).items()))
    agree = sum(w.agrees for w in witnesses)
    print(
        f"{len(known)} guidances{' in force' if applied else ' as printed'}: {len(pairs)} of {found.possible} pairs near"
        f" ({told}): {decided:.2f} s; {len(witnesses)} witnesses, of which the engine bears out {agree}: {shown:.2f} s"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--guidances", type=int, default=1000)
    parser.add_argument("--records", type=int, default=500)
    asked = parser.parse_args()
    chance = random.Random(1)  # noqa: S311  made-up data
    known = guidances(asked.guidances, chance)
    applied = Applied(Loaded(load_national()).ready(CHAPTERS), CODES, today(), LEXICON.stated_in)
    for standards in (None, applied):
        overlaps(known, standards)


if __name__ == "__main__":
    main()
