"""What the map of a concept and a guidance that lists the concept say of each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kg.codes import Chapters, Code, Selector
from kg.reason.matching import match


class Relation(StrEnum):
    """How two sets of combinations stand: equal, one within the other, neither; or one of them says nothing."""

    SAME = "same"
    NARROWER = "narrower"
    CONFLICTING = "conflicting"
    SILENT = "silent"


class Fit(StrEnum):
    """What a combination of a map is to a guidance: one of its combinations, a part of one, or neither."""

    WHOLE = "a combination"
    PART = "part of a combination"
    NONE = "no combination"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The relation; `narrower` tells which one is (`map` or `guidance`); `fits` are by combination of the map."""

    relation: Relation
    narrower: str = ""
    fits: tuple[tuple[tuple[Code, ...], Fit], ...] = ()


def reconcile(
    mapped: Collection[tuple[Code, ...]],
    recommended: Sequence[Sequence[Selector]],
    records: int | None,
    chapters: Chapters,
) -> Reconciled:
    """Hold the combinations of a map against those of one side of a guidance; the order of codes does not matter.

    A map whose combinations are all combinations or parts of one is narrower: it leaves room for what the guidance
    adds.

    Args:
        mapped: the combinations of the map.
        recommended: those of the guidance, as selectors.
        records: how many combinations of codes the latter are, None if that is not known.
        chapters: the chapters of the classification.
    """
    if not mapped or not recommended:
        return Reconciled(Relation.SILENT)
    fits = tuple((codes, _fit(codes, recommended, chapters)) for codes in dict.fromkeys(mapped))
    whole = {tuple(sorted(code.key for code in codes)) for codes, fit in fits if fit is Fit.WHOLE}
    is_all_of_guidance = records is not None and len(whole) == records
    if all(fit is Fit.WHOLE for _, fit in fits):
        return Reconciled(Relation.SAME, "", fits) if is_all_of_guidance else Reconciled(Relation.NARROWER, "map", fits)
    if all(fit is not Fit.NONE for _, fit in fits):
        return Reconciled(Relation.NARROWER, "map", fits)
    if is_all_of_guidance:
        return Reconciled(Relation.NARROWER, "guidance", fits)
    return Reconciled(Relation.CONFLICTING, "", fits)


def _fit(codes: Sequence[Code], recommended: Sequence[Sequence[Selector]], chapters: Chapters) -> Fit:
    found = Fit.NONE
    for selectors in recommended:
        if len(selectors) < len(codes) or len(match(selectors, codes, chapters).pairs) < len(codes):
            continue
        if len(selectors) == len(codes):
            return Fit.WHOLE
        found = Fit.PART
    return found
