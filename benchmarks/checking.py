"""A record checked against a thousand guidances, beside two peers in the same run.

    python benchmarks/checking.py [--records N] [--peers N]

The peers are pyshacl with an equivalent shape for each guidance, and one SPARQL query for each guidance on pyoxigraph;
both hold a few of the same records against the same 1,000 guidances, and have to give the same verdicts. Guidances and
records are made here from the open list of codes in use: main codes drawn at random (one guidance in twenty names a
drug delivery code of X72, which such guidances share), with additions, exclusive variants, image control and a
diagnosis. Half of the records are a combination of a guidance and some other codes, half lack one of its codes. Goals:
1 ms of processor time for a record, growing with the guidances that share a main code with it; 1,000 times faster than
pyshacl, 100 times faster than SPARQL.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.codes import Code, One, Scheme, Selector, parse_selector
from kg.expression.combination import combinations
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.facets import load_lexicon
from kg.graph.iris import KG, PREFIXES, guidance_iri, selector_iri
from kg.reason.applied import Applied
from kg.reason.candidates import Candidates
from kg.reason.check import check_all
from kg.reason.needs import Need, needs
from kg.reason.prepared import Kept, principal
from kg.reason.record import Record
from kg.standards import Loaded, load_national
from kg.terminology.in_use import OpenCodes
from kg.workspace import today

SIZES = (10, 100, 1_000, 10_000)
CODES, LEXICON = OpenCodes(), load_lexicon()
CHAPTERS = CODES.chapters
NOTHING = Context(facets=LEXICON.facets)


def in_use(scheme: Scheme) -> list[Code]:
    """All codes of the open list."""
    letters = (parse_selector(letter, scheme) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return list(dict.fromkeys(code for letter in letters for code in CODES.codes_under(letter)))


OPCS4, ICD10 = in_use(Scheme.OPCS4), in_use(Scheme.ICD10)
MAIN = [code for code in OPCS4 if not CHAPTERS.is_subsidiary(code)]


def pick(text: str) -> Pick:
    """A leaf of OPCS-4."""
    return Pick(parse_selector(text, Scheme.OPCS4))


def guidance(number: int, chance: random.Random) -> Recommendation:
    """A recommendation of a usual shape."""
    a, b = (Pick(One(code)) for code in chance.sample(MAIN, 2))
    image = OneOf((pick("Y53"), pick("Y68")))
    shapes: list[Callable[[], Expression]] = [
        lambda: AllOf((a, image)),
        lambda: OneOf(
            (
                When(Condition("approach", "open", "open"), AllOf((a, pick("Y13.2")))),
                When(Condition("approach", "percutaneous", "percutaneous"), AllOf((b, pick("Y13.2"), image))),
            )
        ),
        lambda: AllOf(
            (a, Optional(pick("Y89")), When(Condition("image-control", "used", "under image control"), image))
        ),
        lambda: AllOf((a, pick("Z94"))),
        lambda: AllOf((OneOf((a, b)), pick("Y80"))),
    ]
    made = AllOf((a, pick("X72"))) if chance.random() < 0.05 else chance.choice(shapes)()
    return Recommendation(f"G{number:05}", "", (Reading(made, Pick(One(chance.choice(ICD10)))),))


def record(number: int, known: list[Recommendation], chance: random.Random) -> Record:
    """The codes of a combination of one guidance (each second record lacks the last), among others."""
    r = chance.choice(known)
    chosen = chance.choice(list(combinations(r.procedure)))
    codes = [chance.choice(list(CODES.codes_under(s)) or OPCS4) for s in chosen.selectors]
    others = chance.sample(OPCS4, chance.randrange(3))
    wanted = next(iter(combinations(r.diagnosis))).selectors
    diagnoses = [*(code for s in wanted for code in CODES.codes_under(s)), *chance.sample(ICD10, chance.randrange(6))]
    procedures = codes[: -1 if number % 2 else None] or codes
    return Record((*procedures, *others), tuple(diagnoses), context=NOTHING, id=str(number))


def processor_ms(job: Callable[[], Any], share: int) -> float:
    """Milliseconds of processor time of a job, for each of `share` records."""
    start = time.process_time()
    job()
    return (time.process_time() - start) / share * 1e3


def verdicts(known: list[Recommendation], records: list[Record]) -> Counter[tuple[str, str, str]]:
    """The procedure verdict of each record on each guidance that applies, as printed."""
    near, kept = Candidates.of(known, CHAPTERS), Kept(CODES)
    return Counter(
        (r.id, found.guidance, found.procedure.verdict.value)
        for r in records
        for found in check_all(near.about(r), r, CODES, everything=True, kept=kept)
    )


def sided(r: Recommendation) -> tuple[tuple[Selector, ...], list[tuple[Need, ...]]]:
    """The main codes of the procedure side and the needs of each combination."""
    leading = principal(r.procedure, Side.PROCEDURE, CHAPTERS) if r.procedure else ()
    return leading, [needs(c.selectors, CHAPTERS) for c in combinations(r.procedure)]


def as_data(records: list[Record], known: list[Recommendation]) -> str:
    """Records as Turtle: entries typed by their codes, codes below each selector of the guidances that covers them."""
    from kg.reason.candidates import SelectorIndex

    wanted = sorted({s for r in known for c in combinations(r.procedure) for s in c.selectors}, key=str)
    index = SelectorIndex.of([[s] for s in wanted], CHAPTERS)
    lines: list[str] = []
    for r in records:
        lines.append(f"<urn:record:{r.id}> a <{KG}CodedRecord> .")
        for n, code in enumerate(r.procedures):
            entry = f"<urn:record:{r.id}/{n}>"
            lines.append(f"<urn:record:{r.id}> <{KG}hasEntry> {entry} . {entry} a {selector_iri(One(code))} .")
            wider = (wanted[i] for i in sorted(index.covering([code])) if wanted[i] != One(code))
            lines += [f"{selector_iri(One(code))} <{PREFIXES['rdfs']}subClassOf> {selector_iri(s)} ." for s in wider]
    return "\n".join(dict.fromkeys(lines))


def as_shapes(known: list[Recommendation]) -> str:
    """A node shape for each guidance: no main code, or the needs of one combination."""
    lines = ["@prefix sh: <http://www.w3.org/ns/shacl#> ."]

    def need(n: Need, bound: str = "sh:qualifiedMinCount") -> str:
        classes = [f"[ sh:class {selector_iri(s)} ]" for s in n.selectors]
        shape = classes[0] if len(classes) == 1 else f"[ sh:or ( {' '.join(classes)} ) ]"
        count = n.at_least if bound == "sh:qualifiedMinCount" else 0
        return f"[ sh:property [ sh:path <{KG}hasEntry> ; {bound} {count} ; sh:qualifiedValueShape {shape} ] ]"

    for r in known:
        leading, combos = sided(r)
        ways = [f"[ sh:and ( {' '.join(need(n) for n in told)} ) ]" for told in combos]
        none = need(Need(leading, 1), "sh:qualifiedMaxCount")
        name = f"<{guidance_iri(r.id).value}/shape>"
        lines.append(f"{name} a sh:NodeShape ; sh:targetClass <{KG}CodedRecord> ; sh:or ( {none} {' '.join(ways)} ) .")
    return "\n".join(lines)


def as_query(r: Recommendation) -> str:
    """Which records the guidance applies to, and whether they meet a combination."""
    below = f"a/<{PREFIXES['rdfs']}subClassOf>?"
    leading, combos = sided(r)

    def has(n: Need) -> str:
        of = " ".join(selector_iri(s).value.join("<>") for s in n.selectors)
        if n.at_least == 1:
            return f"EXISTS {{ VALUES ?s {{ {of} }} ?record <{KG}hasEntry> ?e . ?e {below} ?s }}"
        names = [f"?e{i}" for i in range(n.at_least)]
        each = " ".join(
            f"VALUES ?s{e[1:]} {{ {of} }} ?record <{KG}hasEntry> {e} . {e} {below} ?s{e[1:]} ." for e in names
        )
        apart = " && ".join(f"STR({a}) < STR({b})" for a, b in pairwise(names))
        return f"EXISTS {{ {each} FILTER({apart}) }}"

    met = " || ".join(f"({' && '.join(has(n) for n in told)})" for told in combos)
    of = " ".join(f"<{selector_iri(s).value}>" for s in leading)
    found = f"VALUES ?main {{ {of} }} ?entry {below} ?main . ?record <{KG}hasEntry> ?entry ."
    return f"SELECT DISTINCT ?record (({met}) AS ?valid) {{ {found} }}"


def by_shacl(known: list[Recommendation], records: list[Record]) -> tuple[float, set[tuple[str, str]]]:
    """Milliseconds a record, and the (record, guidance) pairs that pyshacl reports."""
    import pyshacl
    import rdflib
    from rdflib.namespace import SH

    shapes = rdflib.Graph().parse(data=as_shapes(known), format="turtle")
    data = rdflib.Graph().parse(data=as_data(records, known), format="turtle")
    reports: list[Any] = []
    taken = processor_ms(lambda: reports.append(pyshacl.validate(data, shacl_graph=shapes)[1]), len(records))
    found = {
        (str(reports[0].value(it, SH.focusNode)).rpartition(":")[2], str(reports[0].value(it, SH.sourceShape)))
        for it in reports[0].subjects(SH.focusNode, None)
    }
    return taken, {(record, shape.removesuffix("/shape").rpartition("/")[2]) for record, shape in found}


def by_sparql(known: list[Recommendation], records: list[Record]) -> tuple[float, set[tuple[str, str]]]:
    """Milliseconds a record, and the (record, guidance) pairs that apply and are not valid; each record by itself."""
    from pyoxigraph import RdfFormat, Store

    asked = [(r.id, as_query(r)) for r in known]
    found: set[tuple[str, str]] = set()
    stores: list[Store] = []
    for one in records:
        stores.append(Store())
        stores[-1].load(as_data([one], known).encode(), format=RdfFormat.TURTLE)

    def run() -> None:
        for store in stores:
            for id, text in asked:
                rows: Any = store.query(text)
                for row in rows:
                    if row["valid"].value == "false":
                        found.add((row["record"].value.rpartition(":")[2], id))

    return processor_ms(run, len(records)), found


def measured(known: list[Recommendation], records: list[Record], standards: Applied | None) -> tuple[float, float]:
    """Milliseconds a record when the guidances are new, and when the records come again."""
    near, kept = Candidates.of(known, CHAPTERS), Kept(CODES, standards)

    def run() -> None:
        for r in records:
            check_all(near.about(r), r, CODES, standards, kept=kept)

    return processor_ms(run, len(records)), processor_ms(run, len(records))


def main() -> int:
    """Print the figures; 1 where a peer disagrees."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--records", type=int, default=2_000)
    options.add_argument("--peers", type=int, default=10, help="records that the peers are given")
    asked = options.parse_args()
    applied = Applied(Loaded(load_national()).ready(CHAPTERS), CODES, today(), LEXICON.stated_in)
    chance = random.Random(1)  # noqa: S311  the same guidances in every run
    known = [guidance(n, chance) for n in range(max(SIZES))]
    told: dict[int, float] = {}
    print("ms of processor time a record (in brackets: the first time, when nothing is kept yet)")
    print("guidances  sharing a main code       as printed         in force")
    for size in SIZES:
        some = known[:size]
        records = [record(n, some, chance) for n in range(asked.records)]
        near = Candidates.of(some, CHAPTERS)
        sharing = sum(len(near.about(r)) for r in records) / len(records)
        (first, then), (ruled_first, ruled) = measured(some, records, None), measured(some, records, applied)
        told[size] = then
        print(f"{size:>9,}  {sharing:>19.2f}  {then:>6.3f} ({first:.3f})   {ruled:>6.3f} ({ruled_first:.3f})")
    some = known[:1_000]
    records = [record(n, some, chance) for n in range(asked.peers)]
    ours = {(r, g) for r, g, verdict in verdicts(some, records) if verdict not in ("valid", "not applicable")}
    wrong = 0
    for name, peer, goal in (("pyshacl", by_shacl, 1_000), ("SPARQL", by_sparql, 100)):
        taken, theirs = peer(some, records)
        agree = "the same verdicts" if theirs == ours else f"OTHER VERDICTS: {sorted(theirs ^ ours)[:5]}"
        ratio = f"{taken / told[1_000]:,.0f} x (goal {goal:,} x)"
        print(f"{name}: {taken:,.0f} ms a record against 1,000 guidances, {ratio}; {agree}")
        wrong += theirs != ours
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
