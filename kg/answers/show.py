"""All that is known of a code, category, chapter, concept or guidance, and where from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.codes import Selector
    from kg.expression.recommendation import Recommendation
    from kg.workspace import Workspace


def show(workspace: Workspace, thing: str, system: str | None = None) -> dict[str, Any]:
    """The thing as JSON: a guidance by its id, else a concept (digits alone), else a code.

    Raises:
        KgError: KG-E0601 if nothing of the name is known, with near names; that of the code or identifier if it is
        none.
    """
    from kg.codes import SctId

    plain = thing.strip()
    if (recommendation := workspace.named(plain)) is not None:
        return _guidance(recommendation)
    if plain.isdigit():
        return _concept(workspace, SctId.parse(plain))
    found = _selectors(workspace, plain, system)
    if not found:
        workspace.recommendation(plain)  # raises, with near ids: `named` found none
    first, *others = found
    item = _selector(workspace, first)
    if others:
        item["also"] = [{"system": str(other.scheme), "title": workspace.title(other) or None} for other in others]
    return item


def _selectors(workspace: Workspace, text: str, system: str | None) -> list[Selector]:
    """What a text names in each classification that knows it, first what guidances name; empty if it is no code.

    Raises:
        KgError: KG-E0601 for the form of a code that no classification knows, with its neighbours.
    """
    from kg.codes import Scheme, parse_selector

    schemes = [Scheme.named(system)] if system else list(Scheme)
    formed: list[Selector] = []
    for scheme in schemes:
        try:
            formed.append(parse_selector(text, scheme))
        except KgError:
            continue  # it may be a code of the other, or no code at all: told below
    # The one that guidances name is probably meant; `Z94` of both is told in any case.
    known = sorted((s for s in formed if _is_known(workspace, s)), key=lambda s: not _uses(workspace, s))
    if formed and not known:
        near = _neighbours(workspace, formed[0])
        hint = (
            f"Its category has {', '.join(near)}."
            if near
            else "kg query --list has queries that list what the store holds."
        )
        names = " or ".join(str(scheme) for scheme in schemes)
        raise KgError("KG-E0601", f"{formed[0]} is not a known code of {names}", hint=hint)
    return known


def _is_known(workspace: Workspace, selector: Selector) -> bool:
    from kg.answers.elsewhere import is_known

    return is_known(workspace, selector) or bool(_uses(workspace, selector))


def _neighbours(workspace: Workspace, selector: Selector) -> list[str]:
    from kg.codes import Category, One

    if not isinstance(selector, One):
        return []
    category = Category(selector.scheme, selector.code.category)
    return [str(code) for code in workspace.classification.codes_under(category)][:10]


def _uses(workspace: Workspace, selector: Selector) -> list[dict[str, Any]]:
    """Where guidances name the selector, or one that is wider or narrower."""
    from kg.citation import Citation
    from kg.codes import overlap
    from kg.expression.nodes import picks

    chapters = workspace.classification.chapters
    return [
        {
            "guidance": id,
            "title": recommendation.title,
            "side": side,
            "selector": str(pick.selector),
            "quote": pick.citation.quote if isinstance(pick.citation, Citation) else None,
        }
        for id, recommendation in workspace.recommendations.items()
        for side, expression in (("procedure", recommendation.procedure), ("diagnosis", recommendation.diagnosis))
        for pick in picks(expression)
        if overlap(pick.selector, selector, chapters)
    ]


def _selector(workspace: Workspace, selector: Selector) -> dict[str, Any]:
    from kg.codes import Category, Chapter, One
    from kg.terminology import OpenCodes

    known = workspace.classification
    kind = {One: "code", Category: "category", Chapter: "chapter"}.get(type(selector), "range")
    below = [code for code in known.codes_under(selector) if str(code) != str(selector)]
    uses = _uses(workspace, selector)
    editions = workspace.release.editions_with(selector, known.chapters)
    titles = [title for each in editions if (title := each.title(str(selector).removesuffix(".-").replace(".", "")))]
    item: dict[str, Any] = {
        "kind": kind,
        "id": str(selector),
        "system": str(selector.scheme),
        "edition": editions[-1].edition.title if editions else None,
        "title": workspace.title(selector) or (titles[-1] if titles else OpenCodes().title(selector)),
        "status": None,
        "parents": _parents(workspace, selector),
        "children": len(below),
        "replaced_by": [],
        "guidances": list(dict.fromkeys(use["guidance"] for use in uses)),
        "uses": uses,
    }
    if isinstance(selector, One):
        exists = known.exists(selector.code)
        item["status"] = {True: "in use", False: "not in use", None: None}[exists]
        item |= {"editions": [each.edition.title for each in editions]} if editions else {}
        item |= _counts(selector)
    return item


def _counts(selector: Any) -> dict[str, Any]:
    """How often a code was recorded, by year, and what it was called in other years."""
    from kg.terminology import OpenCodes

    open_codes = OpenCodes()
    use = {str(year): count for year, count in open_codes.use(selector.code).items()}
    others = list(open_codes.other_titles(selector.code))
    return {**({"recorded_in_england": use} if use else {}), **({"other_titles": others} if others else {})}


def _parents(workspace: Workspace, selector: Selector) -> list[str]:
    """The wider selectors, nearest first: category, chapter. Letter O of OPCS-4 counts to the chapter it continues."""
    from kg.codes import Category, Chapter, One

    match selector:
        case One(code):
            category = code.category
        case Category(letters=letters):
            category = letters
        case _:
            return []
    chapter = str(Chapter(selector.scheme, workspace.classification.chapters.chapter_of(selector.scheme, category)))
    own = [str(Category(selector.scheme, category))] if isinstance(selector, One) and str(selector) != category else []
    return [*own, chapter]


def _concept(workspace: Workspace, concept: Any) -> dict[str, Any]:
    """A concept of the newest edition, or as the guidances list it.

    Raises:
        KgError: KG-E0601 if neither knows it.
    """
    from kg.answers.predecessors import listed_before

    before = {each.listed: each.link for each in listed_before(workspace).get(str(concept), ())}
    uses = [
        {
            "guidance": id,
            "title": r.title,
            "side": str(c.side),
            "term": c.term,
            "condition": c.condition,
            "quote": c.citation.quote if c.citation else None,
        }
        | ({"through": {"id": c.id, "link": before[c.id]}} if c.id in before else {})
        for id, r in workspace.recommendations.items()
        for c in r.concepts
        if c.id == str(concept) or c.id in before
    ]
    release = workspace.release
    if release.snomed_editions and concept in release.snomed():
        return {
            **_released(workspace, concept),
            "guidances": list(dict.fromkeys(u["guidance"] for u in uses)),
            "uses": uses,
        }
    if not uses:
        whose = (
            f"an identifier of the extension {concept.namespace}"
            if concept.namespace
            else "an identifier of the international core"
        )
        loaded = f"it is not in {release.snomed().edition.title}" if release.snomed_editions else "no release is loaded"
        why = f"It is well formed, {whose}; {loaded}, and no guidance lists it."
        raise KgError("KG-E0601", f"the concept {concept} is not known", why=why)
    return {
        "kind": str(concept.component),
        "id": str(concept),
        "system": "SNOMED CT",
        "edition": None,
        "title": uses[0]["term"],
        "status": None,
        "parents": [],
        "children": 0,
        "replaced_by": [],
        "guidances": list(dict.fromkeys(use["guidance"] for use in uses)),
        "uses": uses,
    }


def _released(workspace: Workspace, id: Any) -> dict[str, Any]:
    """A concept as the newest edition has it: terms, parents, what is below, attributes, maps as delivered, history."""
    edition = workspace.release.snomed()
    concept = edition.concept(id)
    reason = edition.reason(id)
    return {
        "kind": "concept",
        "id": str(concept.id),
        "system": "SNOMED CT",
        "edition": edition.edition.title,
        "title": concept.term,
        "status": "active" if concept.active else "inactive",
        "fsn": concept.fsn,
        "synonyms": sorted(
            t.text for t in edition.terms(id) if t.active and t.kind == "synonym" and t.text != concept.term
        ),
        "parents": [str(each) for each in edition.parents(id)],
        "children": len(edition.children(id)),
        "below": edition.count_below(id),
        "attributes": [
            {"group": a.group, "type": edition.term(a.type), "value": _value(edition, a.value)}
            for a in edition.attributes(id)
        ],
        "maps": [
            {
                "system": row.set.system,
                "edition": row.set.edition or None,
                "block": row.block,
                "group": row.group,
                "priority": row.priority,
                "target": row.target,
                "advice": row.advice,
            }
            for row in edition.maps(id)
        ],
        "reason": (edition.term(reason) if reason in edition else str(reason)) if reason else None,
        "replaced_by": [
            {"id": str(s.id), "link": s.link, "title": edition.term(s.id), "status": _status(edition, s.id)}
            for s in edition.successors(id)
        ],
        **({} if concept.active else {"now": _now(edition, id)}),
    }


def _status(edition: Any, id: Any) -> str:
    return "active" if edition.is_active(id) else "inactive"


def _now(edition: Any, id: Any) -> list[dict[str, Any]]:
    """The active concepts that history leads to from an inactive one, each with the kinds of its links."""
    from kg.terminology.history import lineages

    return [
        {"id": str(way.id), "link": way.link, "title": edition.term(way.id), "certain": way.is_certain}
        for way in lineages(edition, id)
    ]


def _value(edition: Any, value: Any) -> str:
    return value if isinstance(value, str) else f"{value} {edition.term(value)}"


def _guidance(recommendation: Recommendation) -> dict[str, Any]:
    from kg.answers.guidances import status
    from kg.expression.notation import write_recommendation

    told = write_recommendation(recommendation)
    return {
        "kind": "guidance",
        "id": recommendation.id,
        "system": None,
        "edition": f"OPCS-{recommendation.opcs_version}" if recommendation.opcs_version else None,
        "title": recommendation.title,
        "status": status(recommendation),
        "parents": [],
        "children": 0,
        "replaced_by": [],
        "guidances": [recommendation.id],
        **{key: value for key, value in told.items() if key not in ("id", "title", "opcs_version")},
    }
