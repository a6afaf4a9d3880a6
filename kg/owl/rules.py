"""OWL classes of the records that break a rule of the standards, as far as OWL can say it; which it cannot, and why.

A record is a set of entries here: OWL knows how many entries of a class there are, not in which order they stand. So
three kinds of rules have a class: codes that are never assigned, codes that may not stand together, and codes that ask
for others:

    Broken ≡ CodedRecord ⊓ ≥ 1 hasEntry.Subject ⊓ ¬(≥ 1 hasEntry.Object)

A record is in a class with a complement only where it is said that it has no further entries (`Ontology.closed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from kg.codes import Chapters, Selector, overlap
from kg.graph.iris import ONTOLOGY, standard_iri
from kg.owl.records import Ontology, RuleClass
from kg.reason.needs import Need
from kg.reason.standard import Kind, Mode, Standard

SAID = (Kind.NEVER_ASSIGNED, Kind.NOT_WITH, Kind.REQUIRES_WITH)
"""The kinds of rules that have classes."""

_REASONS = {
    Kind.REQUIRES_CHARACTER: "the characters of a code are not in its class",
    Kind.CHARACTER_NOT: "the characters of a code are not in its class",
    Kind.REQUIRED_UNLESS_STATED: "what the title of a code states is not in its class",
    Kind.NOT_WHEN_STATED: "what the title of a code states is not in its class",
    Kind.CODES_VALUE: "what is known of the care event is not in the record",
}
_ORDER = "the order of codes is not in a set of entries"
_MOST = 4  # groups that have to be matched together


def why_not(rule: Standard, chapters: Chapters) -> str | None:
    """Why a rule cannot be told as a class; None if it can."""
    if rule.kind not in SAID:
        return _REASONS.get(rule.kind, _ORDER)
    if rule.when is not None:
        return "what is known of the care event is not in the record"
    subject, object_ = _groups(rule.subject, rule.subject_mode), _groups(rule.object, rule.object_mode)
    if len(subject) + len(object_) > _MOST:
        return f"more than {_MOST} groups of codes would have to be matched together"
    shared = any(overlap(s, o, chapters) for s in rule.subject for o in rule.object)
    if rule.kind is Kind.REQUIRES_WITH and shared:
        return "one code may be the subject and the object: which of two entries is which is not in their classes"
    return None


def rule_class(rule: Standard, chapters: Chapters) -> RuleClass | None:
    """The class of the records that break a rule; None where OWL cannot say it."""
    if why_not(rule, chapters) is not None:
        return None
    subject, object_ = _groups(rule.subject, rule.subject_mode), _groups(rule.object, rule.object_mode)
    lacks: list[tuple[Need, ...]] = [(Need((s,), 1),) for s in rule.unless]
    if rule.kind is Kind.NOT_WITH:
        has = _matched([*subject, *object_], chapters)
    else:
        has = _matched(subject, chapters)
        if rule.kind is Kind.REQUIRES_WITH:
            lacks.append(_matched(object_, chapters))
    label = f"records that break {rule.id}"
    return RuleClass(broken_iri(rule), label, has, tuple(lacks))


def broken_iri(rule: Standard) -> str:
    """The IRI of the class of the records that break a rule."""
    return f"{standard_iri(rule.id).value}/broken"


def rule_classes(ontology: Ontology, rules: Iterable[Standard], chapters: Chapters) -> None:
    """Define the classes of all rules that OWL can say, and say on the ontology which are left out and why."""
    left_out: dict[str, list[str]] = {}
    for rule in rules:
        described = rule_class(rule, chapters)
        if described is None:
            left_out.setdefault(why_not(rule, chapters) or "", []).append(rule.id)
            continue
        ontology.rule_class(described)
        ontology.note(described.iri, _told(rule))
    for why, ids in left_out.items():
        ontology.note(ONTOLOGY, f"Rules that are not told here, since {why}: {', '.join(ids)}.")


def _told(rule: Standard) -> str:
    times = [f"from {rule.valid_from}" if rule.valid_from else "", f"until {rule.valid_to}" if rule.valid_to else ""]
    return " ".join(part for part in (rule.text or rule.label, f"({rule.level};", f"{rule.authority})", *times) if part)


def _groups(selectors: Sequence[Selector], mode: Mode) -> list[tuple[Selector, ...]]:
    """What one entry each has to be of: any of the selectors, or each of them."""
    if mode is Mode.ALL:
        return [(s,) for s in selectors]
    return [tuple(selectors)] if selectors else []


def _matched(groups: Sequence[tuple[Selector, ...]], chapters: Chapters) -> tuple[Need, ...]:
    """That each group has an entry of its own: Hall's condition, for the sets of groups that share codes."""
    found: list[Need] = []
    for size in range(1, len(groups) + 1):
        found += [
            Need(tuple(dict.fromkeys(s for group in chosen for s in group)), size)
            for chosen in combinations(groups, size)
            if size == 1 or _hang_together(chosen, chapters)
        ]
    return tuple(found)


def _hang_together(groups: Sequence[tuple[Selector, ...]], chapters: Chapters) -> bool:
    reached, left = [groups[0]], list(groups[1:])
    while near := [g for g in left if any(_share(g, r, chapters) for r in reached)]:
        reached += near
        left = [g for g in left if g not in near]
    return not left


def _share(a: Sequence[Selector], b: Sequence[Selector], chapters: Chapters) -> bool:
    return any(overlap(s, t, chapters) for s in a for t in b)


def named(described: RuleClass) -> Iterator[Selector]:
    """The selectors that a class of broken records speaks of."""
    for need in (*described.has, *(n for lacking in described.lacks for n in lacking)):
        yield from need.selectors
