"""The tellers of a case held against each other: evaluator, brute force, clingo; SPARQL and HermiT where asked.

`differences` gives a line for each claim on which two of them disagree; nothing where all agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pyoxigraph import Literal, QuerySolutions, Store

from kg.codes import Scheme, Selector, covers, parse_selector
from kg.errors import KgError
from kg.expression.combination import combinations
from kg.expression.condition import Context
from kg.expression.nodes import OneOf, picks, walk
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.graph.encode import encode_recommendation
from kg.graph.iris import guidance_iri
from kg.graph.queries import fill, named
from kg.graph.records import record_quads
from kg.owl.events import Events
from kg.owl.hermit import classify
from kg.owl.records import RecordClass, combination_class
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.certificate import certificate
from kg.reason.check import check, check_side
from kg.reason.record import Record
from kg.reason.standard import Authority, Kind, Standard
from kg.reason.verdict import SideVerdict
from tests.laws.strategies import CHAPTERS, FACETS
from tests.laws.titles import TitlesAlone
from tests.oracle.brute_force import Verdict, is_met, missing, multiset, valid, verdict
from tests.oracle.by_clingo import Asp
from tests.oracle.cases import Case
from tests.oracle.naive_national import NationalRow, Told, national_occurrences
from tests.oracle.naive_rules import naive_occurrences
from tests.oracle.test_combinations_by_sparql import NoWords, facet_quads
from tests.oracle.test_rules_against_naive import standard
from tests.reason.certificates import refusal

NOTHING = Context(facets=FACETS)

CODES = TitlesAlone(CHAPTERS)


def side_of(case: Case) -> Side:
    return Side.PROCEDURE if case.scheme is Scheme.OPCS4 else Side.DIAGNOSIS


def record_of(case: Case) -> Record:
    if case.scheme is Scheme.OPCS4:
        return Record(procedures=case.entries, context=case.context, id=f"R{case.number}")
    return Record(diagnoses=case.entries, context=case.context, id=f"R{case.number}")


def recommendation_of(case: Case) -> Recommendation:
    e = case.expression
    reading = Reading(e, None) if case.scheme is Scheme.OPCS4 else Reading(None, e)
    return Recommendation(f"G{case.number}", "", (reading,))


def differences(case: Case, seen: Counter[str]) -> Iterator[str]:
    """Evaluator, brute force and clingo on one case; `seen` counts what was compared."""
    e, context = case.expression, case.context
    everything, ours = valid(e, context), combinations(e, context)
    seen["combinations"] += 1
    if {multiset(c.selectors) for c in ours} != everything.keys() or ours.count != len(everything):
        yield f"{case.number} combinations: brute force {len(everything)}, evaluator {ours.count}"
    asp = Asp(e, case.entries, context, CHAPTERS)
    if asp.combinations() != {tuple(sorted(map(str, c))) for c in everything}:
        yield f"{case.number} combinations: brute force {len(everything)}, clingo {len(asp.combinations())}"
    yield from _rules(case, seen)
    printed = valid(e, NOTHING)
    used = {s for c in printed for s in c}
    if not printed or used != {pick.selector for pick in picks(e)}:
        seen["open: a main code that no combination has"] += 1
        return
    expected, found = (
        verdict(e, case.entries, context, CHAPTERS),
        check_side(e, case.entries, side_of(case), context, CODES),
    )
    if expected is None:
        seen["open: which codes of a variant count"] += 1
        return
    seen[f"verdict {expected}"] += 1
    if found.verdict != expected.value:
        yield f"{case.number} verdict: brute force {expected}, evaluator {found.verdict}"
    told = asp.verdict()
    if told is not expected:
        yield f"{case.number} verdict: brute force {expected}, clingo {told}"
    if found.verdict.value == "incomplete":
        fewest = min(missing(c, case.entries, CHAPTERS) for c in everything)
        if {len(near.missing) for near in found.nearest} != {fewest}:
            yield f"{case.number} missing: brute force {fewest}, evaluator {[len(n.missing) for n in found.nearest]}"
        if asp.missing() != fewest:
            yield f"{case.number} missing: brute force {fewest}, clingo {asp.missing()}"
    yield from _with_rules(case, expected, seen)


def _applied(case: Case) -> Applied:
    """The rules of a case, with the titles of its codes and what they state."""
    packs = [standard(row, case.scheme, f"R{n}") for n, row in enumerate(case.rules)]
    others = [_national(row, case.scheme, f"N{n}") for n, row in enumerate(case.national)]
    return Applied(Standards.of((*packs, *others), CHAPTERS), TitlesAlone(CHAPTERS, case.titles), stated=_stated)


def _national(row: NationalRow, scheme: Scheme, id: str) -> Standard:
    def read(texts: Sequence[str]) -> tuple[Selector, ...]:
        return tuple(parse_selector(text, scheme) for text in texts)

    return Standard(
        id,
        "S1",
        scheme,
        Kind(row.kind),
        read(row.subject),
        read(row.object),
        read(row.unless),
        when=row.when,
        facet=row.facet,
        codings=tuple((value, parse_selector(text, scheme)) for value, text in row.codings),
        otherwise=parse_selector(row.otherwise, scheme) if row.otherwise else None,
        across=read(row.across),
        words=row.words,
        optional=read(row.optional),
        authority=Authority.SECONDARY,
    )


def _stated(title: str) -> list[tuple[str, str]]:
    return [("image-control", b) for a, b in pairwise(title.split()) if a == "by"]


def _occurrences(case: Case) -> dict[str, list[tuple[int, ...]]]:
    """The places of the codes that break the rules of a case, by rule, as the loops have it."""
    # As they are recorded: an undivided ICD-10 category with its filler.
    bare = [str(c.bare) for c in case.entries]
    texts = [f"{c}.X" if case.scheme is Scheme.ICD10 and len(c) == 3 else c for c in bare]
    subsidiary = [case.scheme is Scheme.OPCS4 and CHAPTERS.overflow.get(c[:3], c[0]) in ("Y", "Z") for c in bare]
    marks = [c.mark for c in case.entries]
    told = Told(texts, marks, [case.titles.get(c) for c in bare], subsidiary, case.context.holds, FACETS.implies)
    found = {f"R{n}": list(naive_occurrences(row, texts)) for n, row in enumerate(case.rules)}
    found |= {f"N{n}": list(national_occurrences(row, told)) for n, row in enumerate(case.national)}
    return {rule: places for rule, places in found.items() if places}


def _rules(case: Case, seen: Counter[str]) -> Iterator[str]:
    """The rules that the record breaks, whatever guidance is meant."""
    expected = _occurrences(case)
    found = {b.rule for b in _applied(case).broken(record_of(case))}
    kinds = {f"R{n}": row.kind for n, row in enumerate(case.rules)}
    kinds |= {f"N{n}": row.kind for n, row in enumerate(case.national)}
    seen["rules"] += len(kinds)
    seen["rules broken"] += len(expected)
    seen.update(f"broken of the kind {kinds[rule]}" for rule in expected)
    if found != expected.keys():
        yield f"{case.number} rules: loops {sorted(expected)}, evaluator {sorted(found)}"


def _with_rules(case: Case, printed: Verdict, seen: Counter[str]) -> Iterator[str]:
    """The verdict with the rules: contradicted where the codes that the text names break one. And its certificate."""
    named = {pick.selector for pick in picks(case.expression)}
    mine = {i for i, code in enumerate(case.entries) if any(covers(s, code, CHAPTERS) for s in named)}
    expected = printed
    broken = any(mine.issuperset(places) for told in _occurrences(case).values() for places in told)
    if broken and printed not in (Verdict.NOT_GIVEN, Verdict.NOT_APPLICABLE):
        expected = Verdict.CONTRADICTED
        seen["contradicted by a rule"] += 1
    applied, r, record = _applied(case), recommendation_of(case), record_of(case)
    whole = check(r, record, CODES, applied)
    found = _side(whole.sides, case)
    if found.verdict.value != expected.value:
        yield f"{case.number} verdict with rules: loops {expected}, evaluator {found.verdict}"
    try:
        told = certificate(r, record, applied, whole)
    except KgError as fault:
        seen[f"without certificate ({fault.id})"] += 1
        return
    seen["certificates"] += 1
    if refused := refusal(told):
        yield f"{case.number} certificate of {found.verdict}: {refused}"


def _side(sides: Sequence[SideVerdict], case: Case) -> SideVerdict:
    return sides[0] if case.scheme is Scheme.OPCS4 else sides[1]


def differences_by_sparql(cases: Iterable[Case], seen: Counter[str]) -> Iterator[str]:
    """The verdicts of the one query on all cases at once (each record against each guidance of its scheme)."""
    every, store = list(cases), Store()
    store.extend(facet_quads(FACETS))
    for case in every:
        r = recommendation_of(case)
        sides = {side: combinations(r.side(side), NOTHING) for side in Side}
        store.extend(encode_recommendation(r, sides, CHAPTERS, NoWords(), lambda selector: None))
    selectors = {pick.selector for case in every for pick in picks(case.expression)}
    store.extend(record_quads(map(record_of, every), selectors, CHAPTERS))
    rows = store.query(fill(named("verdicts"), {}).text)
    assert isinstance(rows, QuerySolutions)
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        record, told = row["record"], row["verdict"]
        assert isinstance(record, Literal)
        assert isinstance(told, Literal)
        found[record.value, str(row["guidance"])] = told.value
    for of in every:
        e = of.expression
        used = {s for c in valid(e, NOTHING) for s in c}
        if used != {pick.selector for pick in picks(e)} or not valid(e, NOTHING):
            continue
        has_variants = any(isinstance(node, OneOf) and node.has_variants for node in walk(e))
        for case in (c for c in every if c.scheme is of.scheme and c.entries):
            told = found.get((f"R{case.number}", str(guidance_iri(f"G{of.number}"))), "not applicable")
            expected = verdict(e, case.entries, case.context, CHAPTERS)
            seen["verdict by SPARQL"] += 1
            if expected is None or told == expected.value:
                continue
            if has_variants and "contradicted" in (told, expected.value):
                seen["by SPARQL: variants whose codes compete, not decided"] += 1
                continue
            yield f"record {case.number}, guidance {of.number} by SPARQL: brute force {expected}, SPARQL {told}"


def differences_by_hermit(cases: Iterable[Case], seen: Counter[str]) -> Iterator[str]:
    """Which records are in the classes of which combinations, and the combinations of the first from OWL axioms."""
    every = list(cases)
    for scheme in Scheme:
        some = [case for case in every if case.scheme is scheme]
        classes: list[RecordClass] = []
        expected: dict[str, tuple[Selector, ...]] = {}
        for case in some:
            for c in combinations(case.expression, NOTHING).first(6):
                described = combination_class(guidance_iri(f"G{case.number}"), side_of(case), c, CHAPTERS)
                classes.append(described)
                expected[described.iri] = c.selectors
        for case, types in zip(some, classify([c.entries for c in some], classes, CHAPTERS), strict=True):
            met = {iri for iri, selectors in expected.items() if is_met(selectors, case.entries, CHAPTERS)}
            seen["record and class by HermiT"] += len(expected)
            if types != met:
                yield f"{case.number} by HermiT: brute force {sorted(met)}, HermiT {sorted(types)}"
    for case in every[:2]:
        if len(picks(case.expression)) > 5:
            continue
        seen["combinations by HermiT"] += 1
        told = [" + ".join(sorted(map(str, c))) for c in valid(case.expression, case.context)]
        if Events(case.expression, case.context).combinations() != sorted(told):
            yield f"{case.number} combinations: HermiT and brute force differ"


__all__ = ["differences", "differences_by_hermit", "differences_by_sparql"]
