"""Whether one concept, code or category is at or below another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.workspace import Workspace


def subsumes(
    workspace: Workspace, lower: str, upper: str, system: str | None = None, edition: str | None = None
) -> dict[str, Any]:
    """Whether A, the first of them, is at or below B: `a`, `b`, `system`, `subsumes`; and `through`, the ways through
    history by which an inactive concept was answered.

    Raises:
        KgError: KG-E0411, KG-E0414, KG-E0415, KG-E0601, KG-E1009; those of what is no code.
    """
    through: list[dict[str, Any]] = []
    if upper.strip().isdigit() or lower.strip().isdigit():
        found, through = _concepts(workspace, lower, upper, edition)
        known = "SNOMED CT"
    else:
        found, known = _codes(workspace, lower, upper, system)
    item = {"a": lower, "b": upper, "system": known, "subsumes": found}
    return item | ({"through": through} if through else {})


def _concepts(workspace: Workspace, lower: str, upper: str, edition: str | None) -> tuple[bool, list[dict[str, Any]]]:
    """Whether a concept is below another, and the ways through history by which an inactive one was answered.

    It is if it is by every way. A concept that merely *was a* kind of another says nothing of what is below it.

    Raises:
        KgError: KG-E0414, KG-E0415, KG-E0601, KG-E1009.
    """
    from kg.codes import Component, SctId
    from kg.terminology.history import lineages

    a, b = (SctId.parse(text, Component.CONCEPT) for text in (lower, upper))
    release = workspace.release.snomed(edition)
    if a == b or (release.is_active(a) and release.is_active(b)):
        return release.subsumes(b, a), []
    lowers = [(way.id, way) for way in lineages(release, a)] or [(a, None)]
    uppers = [(way.id, way) for way in lineages(release, b) if not way.is_wider] or [(b, None)]
    answers = {(x, y): release.subsumes(y, x) for x, _ in lowers for y, _ in uppers}
    told = [
        {
            "inactive": str(of),
            "link": way.link,
            "id": str(way.id),
            "certain": way.is_certain,
            "subsumes": all(answer for pair, answer in answers.items() if pair[place] == way.id),
        }
        for place, of, ways in ((0, a, lowers), (1, b, uppers))
        for _, way in ways
        if way is not None
    ]
    return all(answers.values()), told


def _codes(workspace: Workspace, lower: str, upper: str, system: str | None) -> tuple[bool, str]:
    """Whether what the first text names is covered by the other, and in which classification. A code that is in use no
    more is answered as it stood.

    Raises:
        KgError: KG-E0601 if no classification knows both; those of what is no code.
    """
    from kg.answers.elsewhere import is_known
    from kg.codes import Scheme, parse_selector, within

    schemes = [Scheme.named(system)] if system else list(Scheme)
    known = workspace.classification
    faults: list[KgError] = []
    found: set[str] = set()
    for scheme in schemes:
        try:
            a, b = (parse_selector(text, scheme) for text in (lower, upper))
        except KgError as fault:
            faults.append(fault)
            continue
        here = {text for text, each in ((lower, a), (upper, b)) if is_known(workspace, each)}
        if {lower, upper} <= here:
            return within(a, [b], known.chapters), str(scheme)
        found |= here
    if len(faults) == len(schemes):
        raise faults[0]
    names = " or ".join(str(scheme) for scheme in schemes)
    strange = list(dict.fromkeys(text for text in (lower, upper) if text not in found))
    what = f"{' and '.join(strange)} {'is' if len(strange) == 1 else 'are'} not known in {names}"
    if not strange:
        what = f"{lower} and {upper} are not of one classification"
    raise KgError("KG-E0601", what, hint="kg show tells what is known.")
