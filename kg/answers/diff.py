"""What changed between two editions or stores, by meaning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kg.answers.guidance_changes import GUIDANCE, guidance_changes
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.answers.editions import TwoEditions
    from kg.codes import Scheme
    from kg.terminology.changes import Change


def differences(
    pair: TwoEditions,
    system: str | None = None,
    kinds: Collection[str] = (),
    equivalences: Mapping[Scheme, Mapping[str, Sequence[Sequence[str]]]] = MappingProxyType({}),
) -> Iterator[dict[str, Any]]:
    """The changes from the older to the newer editions, and between the recommendations of two stores; with `system` of
    one system (`guidance`: of recommendations), with `kinds` of some kinds, with `equivalences` as the tables of
    equivalences tell what retired codes became.

    Raises:
        KgError: KG-E0411 for what is no system; KG-E1050 where there are no two editions of it.
    """
    of_guidances = system is not None and system.strip().lower() == GUIDANCE
    found = () if of_guidances else map(_as_json, _changes(pair, system, equivalences))
    between = _between(pair) if of_guidances or system is None else ()
    return (each for each in chain(found, between) if not kinds or each["change"] in kinds)


def _between(pair: TwoEditions) -> Iterator[dict[str, Any]]:
    """What changed between the recommendations of two stores; of two editions of one store nothing."""
    from kg.expression.condition import Context

    if pair.old is pair.new:
        return iter(())
    return guidance_changes(pair.old.recommendations, pair.new.recommendations, Context(facets=pair.new.facets))


def _changes(
    pair: TwoEditions, system: str | None, equivalences: Mapping[Scheme, Mapping[str, Sequence[Sequence[str]]]]
) -> Iterator[Change]:
    from kg.answers.given import system_of
    from kg.codes import Scheme
    from kg.terminology.changes import code_changes, concept_changes
    from kg.terminology.editions import SNOMED_CT

    wanted = {system_of(system)} if system else {SNOMED_CT, *Scheme}
    schemes = [scheme for scheme in Scheme if scheme in wanted]
    for scheme in schemes:
        if scheme in pair.codes:
            yield from code_changes(*pair.codes[scheme], equivalences.get(scheme, {}))
    if SNOMED_CT in wanted and pair.snomed is not None:
        yield from concept_changes(*pair.snomed)
    elif system and not any(scheme in pair.codes for scheme in schemes):
        raise KgError("KG-E1050", f"there are no two editions of {system}", hint=f"Compared: {'; '.join(pair.titles)}.")


def _as_json(change: Change) -> dict[str, Any]:
    told: dict[str, Any] = {"system": change.system, "id": change.id, "change": change.kind}
    told |= {"before": change.before} if change.before else {}
    told |= {"after": change.after} if change.after else {}
    return told | dict(change.more)
