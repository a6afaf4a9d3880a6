"""Whether one concept, code or category is at or below another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.workspace import Workspace


def subsumes(
    workspace: Workspace, upper: str, lower: str, system: str | None = None, edition: str | None = None
) -> dict[str, Any]:
    """Whether B is at or below A: `a`, `b`, `system`, `subsumes`; and `through`, the ways through history by which an
    inactive concept was answered.

    Raises:
        KgError: KG-E0411, KG-E0414, KG-E0415, KG-E0601, KG-E1009; those of what is no code.
    """
    through: list[dict[str, Any]] = []
    if upper.strip().isdigit() or lower.strip().isdigit():
        found, through = _concepts(workspace, upper, lower, edition)
        known = "SNOMED CT"
    else:
        found, known = _codes(workspace, upper, lower, system)
    item = {"a": upper, "b": lower, "system": known, "subsumes": found}
    return item | ({"through": through} if through else {})


def _concepts(workspace: Workspace, upper: str, lower: str, edition: str | None) -> tuple[bool, list[dict[str, Any]]]:
    """Whether a concept is below another, and the ways through history by which an inactive one was answered.

    It is if it is by every way. A concept that merely *was a* kind of another says nothing of what is below it.

    Raises:
        KgError: KG-E0414, KG-E0415, KG-E0601, KG-E1009.
    """
    from kg.codes import Component, SctId
    from kg.terminology.history import lineages

    a, b = (SctId.parse(text, Component.CONCEPT) for text in (upper, lower))
    release = workspace.release.snomed(edition)
    if a == b or (release.is_active(a) and release.is_active(b)):
        return release.subsumes(a, b), []
    uppers = [(way.id, way) for way in lineages(release, a) if not way.is_wider] or [(a, None)]
    lowers = [(way.id, way) for way in lineages(release, b)] or [(b, None)]
    answers = {(x, y): release.subsumes(x, y) for x, _ in uppers for y, _ in lowers}
    told = [
        {
            "inactive": str(of),
            "link": way.link,
            "id": str(way.id),
            "certain": way.is_certain,
            "subsumes": all(answer for pair, answer in answers.items() if pair[place] == way.id),
        }
        for place, of, ways in ((0, a, uppers), (1, b, lowers))
        for _, way in ways
        if way is not None
    ]
    return all(answers.values()), told


def _codes(workspace: Workspace, upper: str, lower: str, system: str | None) -> tuple[bool, str]:
    """Whether what one text names is covered by the other, and in which classification.

    Raises:
        KgError: KG-E0601 if no classification knows both; those of what is no code.
    """
    from kg.codes import Scheme, parse_selector, within

    schemes = [Scheme.named(system)] if system else list(Scheme)
    known = workspace.classification
    faults: list[KgError] = []
    for scheme in schemes:
        try:
            a, b = (parse_selector(text, scheme) for text in (upper, lower))
        except KgError as fault:
            faults.append(fault)
            continue
        if all(next(iter(known.codes_under(each)), None) is not None for each in (a, b)):
            return within(b, [a], known.chapters), str(scheme)
    if len(faults) == len(schemes):
        raise faults[0]
    names = " or ".join(str(scheme) for scheme in schemes)
    raise KgError("KG-E0601", f"{upper} and {lower} are not both known in {names}", hint="kg show tells what is known.")
