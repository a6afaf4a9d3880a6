"""Records classified by HermiT: into the classes of combinations, variants, sides and guidances, and of broken rules.

What follows from the classes is told as it is: valid where a side's codes are in the class of the side, incomplete
where they have a main code and are not. What OWL cannot say is not told: the order of codes, what is known of the care
event, and which codes are missing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.codes import Chapters, Code, Selector, covers
from kg.errors import KgError
from kg.expression.combination import combinations
from kg.expression.condition import Context
from kg.expression.recommendation import Recommendation, Side
from kg.graph.iris import DATA, guidance_iri
from kg.owl.definitions import MOST
from kg.owl.hermit import Limits, classify, realise
from kg.owl.records import Ontology, RecordClass, RuleClass, combination_class
from kg.owl.rules import named, rule_class
from kg.reason.needs import Need
from kg.reason.prepared import principal
from kg.reason.record import Record
from kg.reason.standard import Level, Standard

MOST_CODES = 40
"""Codes of a side that are given to HermiT: with more, what a record has not takes it too long."""


_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Realised:
    """The classes that a record is in: of each side in the order of the guidances, and of the rules that it breaks.

    `verdicts` are (guidance id, side, verdict), for each guidance and side that the record gives codes for.
    """

    classes: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[str, Side, str], ...]
    broken: tuple[str, ...]


def realise_record(
    record: Record,
    recommendations: Sequence[Recommendation],
    rules: Iterable[Standard],
    context: Context,
    chapters: Chapters,
    day: datetime.date,
    limits: Limits = _LIMITS,
) -> Realised:
    """The classes of one record, as HermiT tells; combinations are those as printed with nothing known of the event.

    Raises:
        KgError: KG-E0802 for a side with more combinations or codes than HermiT is good for; those of `classify`.
    """
    labels: dict[str, str] = {}
    found: set[str] = set()
    verdicts: list[tuple[str, Side, str]] = []
    for side in (side for side in Side if record.side(side)):
        if len(record.side(side)) > MOST_CODES:
            what = f"the record has {len(record.side(side))} {side} codes; HermiT is given {MOST_CODES} at most"
            raise KgError("KG-E0802", what, hint="Check it without --by owl.")
        asked = [(r, _classes(r, side, context, chapters)) for r in recommendations if r.side(side) is not None]
        every = [described for _, classes in asked for described in classes]
        labels |= {c.iri: c.label for c in every}
        types = classify([record.side(side)], every, chapters, limits)[0]
        for r, (leading, *met) in asked:
            mine = [c.iri for c in met if c.iri in types]
            verdict = "valid" if mine else "incomplete" if leading.iri in types else "not applicable"
            verdicts.append((r.id, side, verdict))
            found.update(mine)
            if mine:
                whole = f"{guidance_iri(r.id).value}/records/{side}"
                found.add(whole)
                labels[whole] = f"records that meet {r.id}, {side}"
    broken = _broken(record, [r for r in rules if r.level is not Level.OFF and r.in_force(day)], chapters, limits)
    for described in broken:
        labels[described.iri] = described.label
        found.add(described.iri)
    return Realised(
        tuple((iri, labels[iri]) for iri in labels if iri in found), tuple(verdicts), tuple(b.iri for b in broken)
    )


def _classes(r: Recommendation, side: Side, context: Context, chapters: Chapters) -> list[RecordClass]:
    """The class of the records with a main code of one side, then those of its combinations."""
    e = r.side(side)
    found = combinations(e, context)
    if found.count > MOST or e is None:
        what = f"{r.id} has {found.count:,} combinations on the {side} side; classes are made of {MOST:,} at most"
        raise KgError("KG-E0802", what, hint="Name another guidance, or check without --by owl.")
    guidance = guidance_iri(r.id)
    leading = principal(e, side, chapters)
    first = RecordClass(f"{guidance.value}/led/{side}", f"records with a main code of {r.id}", (Need(leading, 1),))
    return [first, *(combination_class(guidance, side, c, chapters) for c in found)]


def _broken(record: Record, rules: Sequence[Standard], chapters: Chapters, limits: Limits) -> list[RuleClass]:
    """The classes of the rules that a record breaks, of those that OWL can say: all in one run for each side.

    A rule whose subject has no code in the record is not put to the reasoner: the record is plainly not in its class.
    """
    found: list[RuleClass] = []
    for side in Side:
        codes = record.side(side)
        near = [r for r in rules if r.scheme is side.scheme and _touches(r.subject, codes, chapters)]
        described = [c for c in (rule_class(r, chapters) for r in near) if c is not None]
        if not described:
            continue
        ontology, name = Ontology(f"{DATA}records"), f"{DATA}record/1"
        ontology.vocabulary()
        for one in described:
            ontology.breaks_rule(one)
        wanted = list(dict.fromkeys(s for one in described for s in named(one)))
        ontology.record(name, codes)
        ontology.below(codes, wanted, chapters)
        absent = [s for one in described for lacking in one.lacks for need in lacking for s in need.selectors]
        ontology.closed(name, codes, absent, chapters)
        told = realise(ontology.triples, [name], limits)
        if not told.consistent:
            raise KgError("KG-E0105", "HermiT finds the classes of broken rules inconsistent")
        found += [one for one in described if one.iri in told.types[name]]
    return found


def _touches(selectors: Iterable[Selector], codes: Sequence[Code], chapters: Chapters) -> bool:
    return any(covers(s, code, chapters) for s in selectors for code in codes)
