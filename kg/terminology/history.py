"""What became of inactive concepts: the way through history to active ones, with the kind of each link."""

from __future__ import annotations

from dataclasses import dataclass

from kg.codes import SctId
from kg.terminology.snomed import Id, SnomedEdition, Successor

SAME_AS, REPLACED_BY, WAS_A, MOVED_TO = (
    900000000000527005,
    900000000000526001,
    900000000000528000,
    900000000000524003,
)
_CERTAIN = (SAME_AS, REPLACED_BY)
# Where a concept was moved to is an organisation, not a concept of its meaning.
_NOT_MEANING = (MOVED_TO, 900000000000525002)


@dataclass(frozen=True, slots=True)
class Lineage:
    """One way from an inactive concept to an active one: the links in order, the last leads to `id`."""

    links: tuple[Successor, ...]

    @property
    def id(self) -> SctId:
        """The active concept at its end."""
        return self.links[-1].id

    @property
    def link(self) -> str:
        """The kinds of link, joined: `SAME AS`, `REPLACED BY, SAME AS`."""
        return ", ".join(dict.fromkeys(each.link for each in self.links))

    @property
    def is_certain(self) -> bool:
        """Whether each link tells one concept that stands for the one before (same as, replaced by)."""
        return all(each.link_id.number in _CERTAIN for each in self.links)

    @property
    def is_wider(self) -> bool:
        """Whether some link leads to a wider concept only (was a)."""
        return any(each.link_id.number == WAS_A for each in self.links)


def lineages(edition: SnomedEdition, id: Id) -> tuple[Lineage, ...]:
    """The ways from an inactive concept to active ones, certain ones first, then by identifier; none for an active one.

    A circle of inactive concepts leads nowhere. Of several ways to one concept the shortest is told, the certain before
    others.

    Raises:
        KgError: KG-E0601 if the edition does not have the concept.
    """
    found: dict[SctId, Lineage] = {}
    start = SctId(id) if isinstance(id, int) else id
    if edition.is_active(start):
        return ()
    seen = {start}
    ways: list[tuple[tuple[Successor, ...], SctId]] = [((), start)]
    while ways:
        later: list[tuple[tuple[Successor, ...], SctId]] = []
        for links, at in ways:
            for successor in edition.successors(at):
                if successor.link_id.number in _NOT_MEANING:
                    continue
                way = Lineage((*links, successor))
                if edition.is_active(successor.id):
                    if successor.id not in found or (way.is_certain and not found[successor.id].is_certain):
                        found[successor.id] = way
                elif successor.id not in seen:
                    seen.add(successor.id)
                    later.append((way.links, successor.id))
        ways = later
    return tuple(sorted(found.values(), key=lambda way: (not way.is_certain, way.is_wider, way.id)))
