"""The JSON form of expressions and recommendations: read and written here only.

The form is that of the gold readings (`{"all_of": […]}`, `{"code": "K52.1"}` …) with `citation`, `title`, `facet`,
`value` added where they are known; what is written is read back equal.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never, cast

from kg.citation import Citation, Origin, StandardCitation
from kg.codes import Category, Chapter, Code, One, Range, Scheme, Selector, parse_selector
from kg.errors import KgError, nearest
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.recommendation import (
    ConceptMention,
    Decision,
    Reading,
    Recommendation,
    Side,
    Verb,
    Warning,
)

Json = dict[str, Any]
_KINDS = ("code", "category", "range", "chapter", "all_of", "one_of", "optional", "when", "unnamed")
# What may stand beside the key that makes an expression.
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "all_of": ("sequenced",),
    "one_of": ("ranked",),
    "optional": (),
    "unnamed": (),
    "when": ("then", "facet", "value", "condition_citation"),
}
_KEYS = (
    *("id", "title", "opcs_version", "snomed", "procedure", "diagnosis", "review", "ambiguous", "notes"),
    *("also_accepted_procedure", "also_accepted_diagnosis", "readings", "readings_detail", "warnings"),
    *("file", "digest", "decision"),
)
_READING = ("procedure", "diagnosis", "reason")
_MENTION = ("id", "term", "section", "condition", "citation")
_DEPTH = 60  # deeper than any document; keeps hostile files from exhausting the stack


def once_each(id: str) -> Callable[[list[tuple[str, Any]]], Json]:
    """What makes a JSON object of its keys and values (`object_pairs_hook`), each key once: of two values of one key
    the first would vanish.

    Raises:
        KgError: by what comes back, with this id, for a key that stands twice.
    """

    def checked(pairs: list[tuple[str, Any]]) -> Json:
        made: Json = {}
        for key, value in pairs:
            if key in made:
                raise KgError(id, f'the key "{key}" stands twice in one object', hint="Keep one of the two.")
            made[key] = value
        return made

    return checked


def write_expression(e: Expression | None) -> Json | None:
    """An expression as JSON values; None for a side of which nothing is said."""
    match e:
        case None:
            return None
        case Pick(selector, title, citation):
            return {**_selector(selector), **({"title": title} if title else {}), **_cited(citation)}
        case Unnamed(words, citation):
            return {"unnamed": words, **_cited(citation)}
        case AllOf(parts, sequenced, citation):
            extra = {"sequenced": True} if sequenced else {}
            return {"all_of": [write_expression(part) for part in parts], **extra, **_cited(citation)}
        case OneOf(branches, ranked, citation):
            extra = {"ranked": True} if ranked else {}
            return {"one_of": [write_expression(branch) for branch in branches], **extra, **_cited(citation)}
        case Optional(content, citation):
            return {"optional": write_expression(content), **_cited(citation)}
        case When(condition, then, citation):
            told = {"facet": condition.facet, "value": condition.value}
            said = {"condition_citation": write_citation(condition.citation)} if condition.citation else {}
            return {"when": condition.words, **told, **said, "then": write_expression(then), **_cited(citation)}
        case _:
            assert_never(e)


def _selector(selector: Selector) -> Json:
    match selector:
        case One(code):
            return {"code": str(code)}
        case Category(letters=letters):
            return {"category": letters}
        case Range(first=first, last=last):
            return {"range": [first, last]}
        case Chapter(letter=letter):
            return {"chapter": letter}
        case _:
            assert_never(selector)


def write_citation(citation: Origin) -> Json:
    """A citation as JSON values: `start`, `end`, `quote` and what it has of `page`, `box`, `paragraph`; or
    `standard`.
    """
    match citation:
        case StandardCitation(standard):
            return {"standard": standard}
        case Citation(_, start, end, quote, page, box, paragraph):
            more = {"page": page, "box": list(box) if box else None, "paragraph": paragraph}
            return {"start": start, "end": end, "quote": quote, **{k: v for k, v in more.items() if v is not None}}


def _cited(citation: Origin | None) -> Json:
    return {"citation": write_citation(citation)} if citation else {}


def read_expression(
    data: object, scheme: Scheme, document: str = "", at: str = "$", depth: int = 0
) -> Expression | None:
    """An expression from JSON values; `document` is the guidance's id for citations, `at` the path for messages.

    Raises:
        KgError: KG-E0302 with the path of the part that is not an expression, or the error of its code.
    """
    if data is None:
        return None
    return _expression(data, scheme, document, at, depth)


def _expression(data: object, scheme: Scheme, document: str, at: str, depth: int) -> Expression:
    if depth > _DEPTH:
        raise _fault(at, f"is nested deeper than {_DEPTH} levels")
    if not isinstance(data, Mapping):
        raise _fault(at, "is not a JSON object")
    node = cast("Mapping[str, object]", data)
    found = [kind for kind in _KINDS if kind in node]
    if len(found) != 1:
        near = [n for key in node for n in nearest(str(key), _KINDS)]
        hint = f"Did you mean {near[0]}?" if near and not found else f"One of: {', '.join(_KINDS)}."
        raise _fault(at, f"has {len(found) or 'none'} of the keys that make an expression", hint)
    kind, citation = found[0], read_citation(node.get("citation"), document, at)
    _only(node, (kind, "citation", *_BESIDE.get(kind, ("title",))), at)
    value, here = node[kind], f"{at}.{kind}"

    def items() -> list[Expression]:
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise _fault(here, "is not a list of expressions")
        return [
            _expression(item, scheme, document, f"{here}[{i}]", depth + 1)
            for i, item in enumerate(cast("Sequence[object]", value))
        ]

    match kind:
        case "all_of":
            parts = items()
            return AllOf(tuple(parts), _yes(node, "sequenced", at), citation) if len(parts) > 1 else parts[0]
        case "one_of":
            parts = items()
            return OneOf(tuple(parts), _yes(node, "ranked", at), citation) if len(parts) > 1 else parts[0]
        case "optional":
            return Optional(_expression(value, scheme, document, here, depth + 1), citation)
        case "unnamed":
            return Unnamed(_text(value, here), citation)
        case "when":
            if "then" not in node:
                raise _fault(at, 'has "when" and no "then"')
            words = _text(value, here)
            said = read_citation(node.get("condition_citation"), document, at)
            plain = Condition.stated(words, said)
            facet, told = node.get("facet"), node.get("value")
            if bool(facet) is not bool(told):
                raise _fault(at, "has one of facet and value alone")
            condition = Condition(_text(facet, at), _text(told, at), words, said) if facet and told else plain
            return When(condition, _expression(node["then"], scheme, document, f"{at}.then", depth + 1), citation)
        case _:
            title = node.get("title") or ""
            if not isinstance(title, str):
                raise _fault(f"{at}.title", "is not a text")
            return Pick(_read_selector(kind, value, scheme, here), title, citation)


def _read_selector(kind: str, value: object, scheme: Scheme, at: str) -> Selector:
    if kind == "range":
        ends = [_text(end, at) for end in cast("Sequence[object]", value)] if isinstance(value, list) else []
        if len(ends) != 2:
            raise _fault(at, "is not a list of two categories")
        found = parse_selector("-".join(end.removesuffix(".-") for end in ends), scheme)
    elif kind == "code":
        found = (
            One(Code.parse(_text(value, at), scheme))
            if scheme is Scheme.ICD10
            else parse_selector(_text(value, at), scheme)
        )
    else:
        text = _text(value, at)
        found = parse_selector(text if kind == "chapter" or text.endswith("-") else f"{text}.-", scheme)
    # A bare `L76` as a code is a category in OPCS-4; the category `M90.0` of five-character codes is an ICD-10 code.
    wanted: dict[str, tuple[type, ...]] = {"range": (Range,), "chapter": (Chapter,)}
    if not isinstance(found, wanted.get(kind, (One, Category))):
        raise _fault(at, f'is not a {kind}: "{value}"')
    return found


def read_citation(data: object, document: str, at: str = "$") -> Origin | None:
    """A citation from JSON values, or None where there is none."""
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise _fault(f"{at}.citation", "is not a JSON object")
    node = cast("Mapping[str, Any]", data)
    if "standard" in node:
        return StandardCitation(_text(node["standard"], at))
    start, end, quote, box = node.get("start"), node.get("end"), node.get("quote"), node.get("box")
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(quote, str)):
        raise _fault(f"{at}.citation", "needs start, end and quote")
    return Citation(document, start, end, quote, node.get("page"), tuple(box) if box else None, node.get("paragraph"))


def write_recommendation(r: Recommendation, file: str = "") -> Json:
    """A recommendation as one line of `kg read --format jsonl`: sides of the reading in use, all readings behind
    `readings_detail`.
    """
    concepts = [
        {"id": c.id, "term": c.term, "section": c.side.value, "condition": c.condition, **_cited(c.citation)}
        for c in r.concepts
    ]
    readings = [
        {"reason": x.reason, "procedure": write_expression(x.procedure), "diagnosis": write_expression(x.diagnosis)}
        for x in r.readings
    ]
    return {
        "file": file or r.source,
        "id": r.id,
        "title": r.title,
        "opcs_version": r.opcs_version,
        "snomed": concepts,
        "procedure": readings[0]["procedure"],
        "diagnosis": readings[0]["diagnosis"],
        "readings": len(readings),
        "review": r.review,
        "warnings": [{"id": w.id, "message": w.message, "start": w.start, "end": w.end} for w in r.warnings],
        **({"readings_detail": readings} if len(readings) > 1 or readings[0]["reason"] else {}),
        **({"digest": r.digest} if r.digest else {}),
        **({"decision": write_decision(r.decision)} if r.decision else {}),
    }


def write_decision(decision: Decision) -> Json:
    """A decision as JSON values: `decision`, `by`, `on`, `why`, `file`."""
    return {
        "decision": decision.verb.value,
        "by": decision.by,
        "on": decision.on.isoformat(),
        "why": decision.why,
        "file": decision.source,
    }


def _read_decision(data: object) -> Decision | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise _fault("$.decision", "is not a JSON object")
    node = cast("Mapping[str, Any]", data)
    try:
        day, verb = datetime.date.fromisoformat(str(node.get("on"))), Verb(str(node.get("decision")))
    except ValueError:
        raise _fault("$.decision", "needs a decision and the day of it") from None
    return Decision(verb, str(node.get("by", "")), day, str(node.get("why", "")), str(node.get("file", "")))


def read_recommendation(data: object, source: str = "", digest: str = "") -> Recommendation:
    """A recommendation from JSON values: the output of `write_recommendation`, or a hand-written one in the gold
    format.

    Raises:
        KgError: KG-E0301 or KG-E0302, with the path of the part that is wrong.
    """
    if not isinstance(data, Mapping):
        raise KgError("KG-E0301", "the recommendation is not an object with id, title, procedure and diagnosis")
    node = cast("Mapping[str, Any]", data)
    id = node.get("id")
    _only(node, _KEYS, "the recommendation", "KG-E0301")
    if isinstance(id, int | float):
        raise KgError("KG-E0301", f"the id {id} is a number, not a text", hint=f'Put it in quotation marks: "{id}".')
    if not isinstance(id, str) or not id.strip():
        raise KgError("KG-E0301", "the recommendation has no id", hint='Add "id", as "IPG369".')
    if "procedure" not in node and "diagnosis" not in node:
        raise KgError(
            "KG-E0301",
            f"{id} has neither procedure nor diagnosis",
            hint="Write null for a side of which nothing is said.",
        )
    for n, x in enumerate(cast("list[object]", node.get("readings_detail") or [])):
        _only(cast("Mapping[str, object]", x), _READING, f"$.readings_detail[{n}]")
    detail = node.get("readings_detail") or [_gold_reading(node), *_gold_alternatives(node)]
    readings = tuple(
        Reading(
            read_expression(x.get("procedure"), Scheme.OPCS4, id, "$.procedure"),
            read_expression(x.get("diagnosis"), Scheme.ICD10, id, "$.diagnosis"),
            str(x.get("reason") or ""),
        )
        for x in cast("list[Json]", detail)
    )
    concepts: list[ConceptMention] = []
    for i, item in enumerate(cast("list[Json]", node.get("snomed") or [])):
        at = f"$.snomed[{i}]"
        _only(item, _MENTION, at)
        side = str(item.get("section") or "procedure")
        if side not in list(Side):
            raise _fault(f"{at}.section", f'is neither procedure nor diagnosis: "{side}"')
        citation = read_citation(item.get("citation"), id, at)
        mention = ConceptMention(
            _text(str(item.get("id", "")), at),
            str(item.get("term") or ""),
            Side(side),
            item.get("condition"),
            citation if isinstance(citation, Citation) else None,
        )
        concepts.append(mention)
    warnings = tuple(
        Warning(str(w.get("id", "")), str(w.get("message", "")), int(w.get("start", 0)), int(w.get("end", 0)))
        for w in cast("list[Json]", node.get("warnings") or [])
    )
    review = _yes(node, "review" if "review" in node else "ambiguous", "$")
    version = node.get("opcs_version")
    return Recommendation(
        id.strip(),
        str(node.get("title") or ""),
        readings,
        str(version) if version else None,
        tuple(concepts),
        warnings,
        review,
        source or str(node.get("file") or ""),
        digest or str(node.get("digest") or ""),
        _read_decision(node.get("decision")),
    )


def _gold_reading(node: Mapping[str, Any]) -> Json:
    return {"procedure": node.get("procedure"), "diagnosis": node.get("diagnosis"), "reason": ""}


def _gold_alternatives(node: Mapping[str, Any]) -> list[Json]:
    """The further accepted readings of the gold format, each with the other side as it is."""
    base = _gold_reading(node)
    return [
        {**base, side: other}
        for side in ("procedure", "diagnosis")
        for other in cast("list[Json]", node.get(f"also_accepted_{side}") or [])
    ]


def _only(node: object, known: Sequence[str], at: str, id: str = "KG-E0302") -> None:
    """Refuse a key that nothing reads: what stands there would vanish.

    Raises:
        KgError: with this id, and the nearest known key.
    """
    if not isinstance(node, Mapping):
        raise _fault(at, "is not a JSON object")
    for key in cast("Mapping[object, object]", node):
        if key not in known:
            near = nearest(str(key), list(known))
            hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
            raise KgError(id, f'{at} has a key that is not known: "{key}"', hint=hint)


def _yes(node: Mapping[str, object], key: str, at: str) -> bool:
    value = node.get(key)
    if value is not None and not isinstance(value, bool):
        raise _fault(f"{at}.{key}", "is neither true nor false")
    return value is True


def _text(value: object, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _fault(at, "is not a text")
    return value


def _fault(at: str, what: str, hint: str = "") -> KgError:
    return KgError("KG-E0302", f"{at} {what}", why="An expression is written as in docs/notation.md.", hint=hint)
