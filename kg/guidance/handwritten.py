"""Recommendations written by hand, as JSON or YAML in the form of kg.expression.notation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from kg.errors import KgError, Place, nearest
from kg.expression.condition import STATED
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.notation import once_each, read_recommendation
from kg.expression.recommendation import Reading, Recommendation
from kg.facets import Lexicon
from kg.guidance.page.document import Document

_MOST_PARTS = 100_000
SUFFIXES = {".json": "JSON", ".yaml": "YAML", ".yml": "YAML"}


def read_handwritten(document: Document, form: str, lexicon: Lexicon) -> Recommendation:
    """The recommendation of a JSON or YAML text; its conditions get the facet that their words speak of.

    Raises:
        KgError: KG-E0301 (with line and column where it is not JSON or YAML), KG-E0302, KG-E0303 for a value that its
            facet does not have or a facet that is nearly one of ours, or the error of a code.
    """
    data = _json(document) if form == "JSON" else _yaml(document)
    try:
        made = read_recommendation(data, document.name, document.digest)
        readings = tuple(
            Reading(_facets(r.procedure, lexicon), _facets(r.diagnosis, lexicon), r.reason) for r in made.readings
        )
    except KgError as fault:
        raise fault if fault.where else fault.at(Place(document.name)) from None
    return replace(made, readings=readings, warnings=(*document.warnings, *made.warnings))


def _json(document: Document) -> Any:
    try:
        return json.loads(document.text, object_pairs_hook=once_each("KG-E0301"))
    except KgError as fault:
        raise fault.at(Place(document.name)) from None
    except json.JSONDecodeError as fault:
        where = document.place(fault.pos, fault.pos + 1)
        raise KgError("KG-E0301", f"not JSON: {fault.msg[:1].lower()}{fault.msg[1:]}", where=where) from None
    except RecursionError:
        raise KgError("KG-E0301", "not a recommendation: nested too deep", where=Place(document.name)) from None


def _yaml(document: Document) -> Any:
    import yaml

    class Once(yaml.SafeLoader):
        """Each key once in a mapping: YAML asks for it, and this loader would keep the last."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                    where = document.place(key.start_mark.index, key.end_mark.index)
                    raise KgError("KG-E0301", f'the key "{key.value}" stands twice in one object', where=where)
                seen.add(str(key.value))
            return super().construct_mapping(node, deep)

    try:
        data = yaml.load(document.text, Once)  # noqa: S506  a safe loader
        if _parts(data, {}) > _MOST_PARTS:
            what = f"not a recommendation: by its aliases it has more than {_MOST_PARTS:,} parts"
            raise KgError("KG-E0301", what, where=Place(document.name))
        return data
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = document.place(mark.index, mark.index + 1) if mark else Place(document.name)
        raise KgError("KG-E0301", f"not YAML: {fault.problem or fault.context}", where=where) from None
    except (yaml.YAMLError, ValueError) as fault:
        raise KgError("KG-E0301", f"not YAML: {str(fault).splitlines()[0]}", where=Place(document.name)) from None
    except RecursionError:
        raise KgError("KG-E0301", "not a recommendation: nested too deep", where=Place(document.name)) from None


def _parts(data: Any, known: dict[int, int]) -> int:
    """How many parts a value has, those that aliases repeat counted each time; a part within itself counts as none."""
    if not isinstance(data, dict | list):
        return 1
    if id(data) not in known:
        known[id(data)] = 0
        known[id(data)] = 1 + sum(_parts(each, known) for each in (data.values() if isinstance(data, dict) else data))
    return known[id(data)]


def _facets(e: Expression | None, lexicon: Lexicon) -> Expression | None:
    return None if e is None else _with_facets(e, lexicon)


def _with_facets(e: Expression, lexicon: Lexicon) -> Expression:
    match e:
        case When(condition, then, citation):
            if condition.facet in lexicon.facets.values:
                lexicon.facets.check(condition.facet, condition.value)
            elif condition.facet != STATED and nearest(condition.facet, [*lexicon.facets.values, STATED]):
                lexicon.facets.check(condition.facet, condition.value)  # a slip of the pen, no facet of its own
            told = (
                lexicon.condition(condition.words, condition.citation)
                if condition.facet == STATED and condition.words
                else condition
            )
            return When(told, _with_facets(then, lexicon), citation)
        case AllOf(parts, sequenced, citation):
            return AllOf(tuple(_with_facets(p, lexicon) for p in parts), sequenced, citation)
        case OneOf(branches, ranked, citation):
            return OneOf(tuple(_with_facets(b, lexicon) for b in branches), ranked, citation)
        case Optional(content, citation):
            return Optional(_with_facets(content, lexicon), citation)
        case Pick() | Unnamed():
            return e
