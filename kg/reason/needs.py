"""What a combination needs of a record, in one form that can be told in several languages.

By Hall's theorem selectors can be matched one-to-one to entries exactly when every set of them is matched by at least
as many entries as it has members. Only sets that hang together by overlap matter, so that most needs are of one
selector. The same needs are the OWL class, the SHACL shape, the SPARQL filter and the SQL predicate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.codes import Chapters, Scheme, Selector, overlap, within
from kg.codes.selector import spans


@dataclass(frozen=True, slots=True)
class Need:
    """At least `at_least` entries at or below one of `selectors`."""

    selectors: tuple[Selector, ...]
    at_least: int

    def __str__(self) -> str:
        return f"at least {self.at_least} of {' | '.join(map(str, self.selectors))}"


def needs(selectors: Sequence[Selector], chapters: Chapters) -> tuple[Need, ...]:
    """The fewest needs that a record meets exactly when the selectors can be matched to entries of their own.

    In print order of the first selector, smaller sets first. Growth: exponential only in distinct selectors that
    overlap each other in one cluster (three at most in any published recommendation).
    """
    copies = Counter(selectors)
    found: list[Need] = []
    for cluster in _clusters(list(copies), chapters):
        if len(cluster) == 1:
            found.append(Need(tuple(cluster), copies[cluster[0]]))
            continue
        told: list[Need] = []
        for members in _connected(cluster, chapters):
            # What lies within the members adds to the count and not to the union: take all of it.
            inside = [s for s in cluster if within(s, members, chapters)]
            told.append(Need(_widest(inside, chapters), sum(copies[s] for s in inside)))
        found += _minimal(list(dict.fromkeys(told)), chapters)
    return tuple(found)


def _widest(inside: list[Selector], chapters: Chapters) -> tuple[Selector, ...]:
    """Those that lie within no other; of two that cover the same, the first."""
    kept: list[Selector] = []
    for i, s in enumerate(inside):
        wider = [(j, t) for j, t in enumerate(inside) if j != i and within(s, [t], chapters)]
        if not any(j < i or not within(t, [s], chapters) for j, t in wider):
            kept.append(s)
    return tuple(kept)


def _clusters(selectors: list[Selector], chapters: Chapters) -> list[list[Selector]]:
    """The selectors in groups that hang together by overlap, in print order. One sweep over their spans: n log n."""
    group = list(range(len(selectors)))

    def first(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    covered = sorted((s.scheme, lo, hi, i) for i, s in enumerate(selectors) for lo, hi in spans(s, chapters))
    reach: tuple[Scheme, str, int] | None = None
    for scheme, lo, hi, i in covered:
        if reach is not None and reach[0] is scheme and lo < reach[1]:
            one, other = sorted((first(i), first(reach[2])))
            group[other] = one
        if reach is None or reach[0] is not scheme or hi > reach[1]:
            reach = (scheme, hi, i)
    clusters: dict[int, list[Selector]] = {}
    for i, s in enumerate(selectors):
        clusters.setdefault(first(i), []).append(s)
    return list(clusters.values())


def _connected(cluster: list[Selector], chapters: Chapters) -> Iterator[list[Selector]]:
    """Every subset that hangs together by overlap, smaller first."""
    ties = {i: {j for j, t in enumerate(cluster) if j != i and overlap(s, t, chapters)} for i, s in enumerate(cluster)}
    layer = {(i,) for i in range(len(cluster))}
    while layer:
        for subset in sorted(layer):
            yield [cluster[i] for i in subset]
        layer = {tuple(sorted({*subset, j})) for subset in layer for i in subset for j in ties[i].difference(subset)}


def _minimal(found: list[Need], chapters: Chapters) -> list[Need]:
    """Without the needs that another implies: of a narrower union at least as many."""

    def implied(need: Need, by: Need) -> bool:
        return by.at_least >= need.at_least and all(within(s, need.selectors, chapters) for s in by.selectors)

    kept: list[Need] = []
    for i, need in enumerate(found):
        others = [o for j, o in enumerate(found) if j != i and implied(need, o) and not (implied(o, need) and j > i)]
        if not others:
            kept.append(need)
    return kept
