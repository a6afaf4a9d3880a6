"""From codes back to guidances: pairs of a thousand guidances compared, records identified, code combinations counted.

    python benchmarks/inverse.py [--guidances N] [--records N]

Guidances are made here from the open list of codes in use: families of up to six around a main code, whose members
widen a code to its category, add a code, ask for image control or have variants, so that pairs of every relation occur;
one guidance in seven or so names drug delivery codes, which all such guidances share. The peers, in the same run:
comparing is held against writing down the records of both guidances, for some of the pairs of which that is under
2,000 records; identifying a record against checking it against every guidance; counting against writing the tuples
down. Goals: all pairs of 1,000 guidances in 5 s, 10^12 combinations of codes counted in 5 ms. Times are of the
processor.
"""

from __future__ import annotations

import argparse
import itertools
import math
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
from kg.expression.concrete import CodeCombinations, in_rank_order
from kg.expression.condition import NOTHING_KNOWN, Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When
from kg.expression.program import compile_expression
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.facets import load_lexicon
from kg.reason.applied import Applied
from kg.reason.candidates import Candidates
from kg.reason.check import check_all, check_side
from kg.reason.compare import Comparison, Pair, Relation, Share
from kg.reason.identify import Identifier
from kg.reason.prepared import Kept
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
        start = time.process_time()
        job()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def overlaps(known: list[Recommendation], applied: Applied | None) -> None:
    """Compare all pairs; witnesses, which the engine checks, for those that are not disjoint."""
    start = time.process_time()
    found = Comparison(known, CODES, applied, NOTHING)
    pairs = list(found.pairs())
    decided = time.process_time() - start
    shared = [pair for pair in pairs if pair.procedure is not Relation.DISJOINT]
    witnesses = [w for pair in shared for w in found.witnesses(pair)]
    shown = time.process_time() - start - decided
    told = ", ".join(f"{n} {relation}" for relation, n in sorted(Counter(p.procedure.value for p in pairs).items()))
    borne_out = sum(w.agrees for w in witnesses)
    name = f"overlaps of {len(known):,} guidances, {'in force' if applied else 'as printed'}"
    print(f"{name}: {len(pairs):,} of {found.possible:,} pairs share a possible main code ({told})")
    print(
        f"{name}: {decided:.2f} s to decide, {shown:.2f} s for {len(witnesses):,} witnesses, of which the engine bears "
        f"out {borne_out:,} (goal 5 s together)"
    )
    if applied is None:
        written_down(found, [p for p in pairs if p.procedure is not Relation.DISJOINT], decided / max(1, len(pairs)))


def written_down(found: Comparison, pairs: list[Pair], each: float) -> None:
    """The same relations from every record of some pairs."""
    by_id = {r.id: r.procedure for r in found.recommendations}
    lists = CodeList.known(CODES, Scheme.OPCS4)
    compared, taken = 0, 0.0
    for pair in pairs:
        sides = [combinations(by_id[id], NOTHING) for id in (pair.first, pair.second)]
        tuples = [sum(math.prod(len(lists.under(s, CHAPTERS)) for s in c.selectors) for c in side) for side in sides]
        if sum(tuples) > 2000 or compared == 50:
            continue
        start = time.process_time()
        records = [[one.codes for one in in_rank_order(side, lists, CHAPTERS)] for side in sides]
        shares: list[Share] = []
        for mine, other in ((0, 1), (1, 0)):
            e = by_id[(pair.first, pair.second)[other]]
            valid = [check_side(e, codes, Side.PROCEDURE, NOTHING, CODES).verdict == "valid" for codes in records[mine]]
            shares.append(Share.ALL if all(valid) else Share.SOME if any(valid) else Share.NONE)
        taken += time.process_time() - start
        compared += 1
        if Relation.of(*shares) is not pair.procedure:
            raise SystemExit(f"{pair.first} and {pair.second}: {pair.procedure}, written down {shares}")
    if compared:
        print(
            f"writing the records of {compared} pairs down gives the same relations: {taken / compared * 1e3:.0f} ms a "
            f"pair, {taken / compared / each:,.0f} x ours ({each * 1e6:.0f} µs)"
        )


def identify(known: list[Recommendation], applied: Applied, count: int, chance: random.Random) -> None:
    """Identify records of few guidances and of many."""
    for n in (len(known) // 10, len(known)):
        several = known[:n]
        records = [record(chance.choice(several), chance) for _ in range(count)]
        for warm in (False, True):
            identifier = Identifier(Candidates.of(several, CHAPTERS), Kept(CODES, applied))
            found = [identifier.identify(r) for r in records] if warm else []
            start = time.process_time()
            found = [identifier.identify(r) for r in records]
            taken = (time.process_time() - start) / count
            near = sum(len(f.candidates) for f in found) / count
            name = "sides kept" if warm else "from cold"
            print(f"identify among {n:,} guidances, {name}: {taken * 1e3:.2f} ms a record, {near:.1f} candidates")
    kept, some = Kept(CODES, applied), records[:20]
    start = time.process_time()
    for r in some:
        check_all(known, r, CODES, applied, kept=kept)
    print(f"checking against every guidance: {(time.process_time() - start) / len(some) * 1e3:.1f} ms a record")


def record(r: Recommendation, chance: random.Random) -> Record:
    """The codes of a combination of a guidance, some without the last, among other codes."""
    chosen = chance.choice(combinations(r.procedure).first(20))
    codes = [chance.choice(list(CODES.codes_under(s)) or [MAIN[0]]) for s in chosen.selectors]
    kept = codes[: -1 if len(codes) > 1 and chance.random() < 0.3 else None]
    return Record((*kept, *chance.sample(OPCS4, chance.randrange(3))), context=NOTHING)


def count() -> None:
    """Count combinations of codes."""
    everything = CodeList.of(
        Scheme.OPCS4,
        (Code(Scheme.OPCS4, f"{x}{n:02}.{d}") for x in "ABCDEFGHJKLMXYZ" for n in range(100) for d in range(10)),
    )

    def ranges(width: int, step: int, n: int) -> AllOf:
        codes = everything.codes
        return AllOf(
            tuple(Pick(Range(Scheme.OPCS4, codes[i * step].text, codes[i * step + width - 1].text)) for i in range(n))
        )

    def counted(e: Expression) -> CodeCombinations:
        return CodeCombinations(compile_expression(e, NOTHING_KNOWN), NOTHING_KNOWN, everything, Chapters())

    wide = AllOf((*(pick(c) for c in "ZZZY"), OneOf(tuple(pick(f"Z{i:02}") for i in range(0, 90, 3)))))
    jobs = {
        "12 ranges apart (goal 5 ms)": ranges(10, 100, 12),
        "four overlapping ranges of 16": ranges(16, 4, 4),
        "20 overlapping ranges": ranges(16, 4, 20),
        "chapters with categories of theirs": wide,
    }
    for name, e in jobs.items():
        found = counted(e)
        taken = seconds(lambda e=e: counted(e).sets)
        print(f"count {name}: {found.sets:.4g} sets, {found.records:.4g} with repeats, {taken * 1e3:.2f} ms")
    e = ranges(16, 4, 4)
    pools = [everything.under(p.selector, Chapters()) for p in e.parts if isinstance(p, Pick)]
    ours = seconds(lambda: counted(e).sets)
    peer = seconds(lambda: len({frozenset(t) for t in itertools.product(*pools)}))
    print(f"writing the tuples of the four ranges down: {peer * 1e3:.0f} ms, {peer / ours:.0f} x ours")
    found = counted(wide)
    chance = random.Random(1)  # noqa: S311  a sample
    print(f"draw from the last: {seconds(lambda: [found.draw(chance) for _ in range(200)]) / 200 * 1e6:.0f} µs each")


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
    identify(known, applied, asked.records, chance)
    count()


if __name__ == "__main__":
    main()
