"""The questions that the API answers, by name: functions of a workspace and plain arguments, as the commands have.

Run in a worker process (`kg.serve.api_worker`). A route asks one with `release.answer(of_api(name, arguments))`;
those with a place in the OpenAPI document (`openapi.json`, by `operationId`) are asked from outside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kg.errors import KgError, Place
from kg.expression.notation import once_each
from kg.serve.messages import fault_of
from kg.workspace import Workspace, today

if TYPE_CHECKING:
    from kg.answers.check import Checker
    from kg.answers.identify import Identifiers

_CHANGES = 10_000
_KEPT = 8  # sets of options whose preparations are kept


@dataclass(frozen=True, slots=True)
class Written:
    """An answer that is no JSON: its media type and its bytes."""

    media: str
    content: bytes


def answer(workspace: Workspace, name: str, arguments: Mapping[str, Any], body: bytes = b"") -> Any:
    """The answer to a question; `body` is the JSON of a request that has one.

    Raises:
        KgError: those of the question; KG-E1121 for a body that is no JSON.
    """
    more = {"body": _json(body)} if body else {}
    return QUESTIONS[name](workspace, **arguments, **more)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, object_pairs_hook=once_each("KG-E1121"))
    except RecursionError as error:
        raise KgError("KG-E1121", "the body is nested too deep", hint="A record is an object of lists.") from error
    except ValueError as error:  # not UTF-8, not JSON, or a number of thousands of digits
        raise KgError("KG-E1121", f"the body is not JSON: {error}", hint='Send {"procedures": ["…"]}.') from error


def _guidances(workspace: Workspace) -> Any:
    from kg.answers.guidances import guidances

    return guidances(workspace)


def _guidance(workspace: Workspace, guidance: str) -> Any:
    from kg.answers.show import show

    return show(workspace, workspace.recommendation(guidance).id)


def _show(workspace: Workspace, thing: str, system: str | None = None) -> Any:
    from kg.answers.show import show

    return show(workspace, thing, system)


def _search(workspace: Workspace, q: str, system: str | None = None, limit: int = 20) -> Any:
    from kg.answers.search import search

    found = search(workspace, q, limit, system)
    return {"items": found.items, "read_as": [{"word": w, "as": list(others)} for w, others in found.read_as]}


def _subsumes(workspace: Workspace, a: str, b: str, system: str | None = None, edition: str | None = None) -> Any:
    from kg.answers.subsumes import subsumes

    return subsumes(workspace, a, b, system, edition)


def _map(
    workspace: Workspace,
    concept: str,
    given: Sequence[str] = (),
    system: str | None = None,
    edition: str | None = None,
    limit: int = 1_000,
) -> Any:
    from kg.answers.given import pairs
    from kg.answers.map import map_concept

    return map_concept(workspace, concept, pairs(given), system, edition, limit)


def _mapped_from(workspace: Workspace, code: str, system: str | None = None, edition: str | None = None) -> Any:
    from kg.answers.map import map_code

    return map_code(workspace, code, system, edition)


def _combinations(
    workspace: Workspace,
    guidance: str,
    given: Sequence[str] = (),
    side: str | None = None,
    limit: int = 100,
    date: str | None = None,
    as_printed: bool = False,
    codes: bool = False,
    top: int | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> Any:
    from kg.answers.code_combinations import Asked
    from kg.answers.combinations import as_json, sides
    from kg.answers.given import day, pairs

    recommendation, facts, on = workspace.recommendation(guidance), pairs(given), day(date)
    context = workspace.context(facts, [recommendation])
    applied = None if as_printed else workspace.applied(on)
    asked = Asked.of(workspace, (), codes, top, sample, seed, limit)
    return as_json(recommendation, facts, sides(workspace, recommendation, context, applied, side), asked, limit)


def _check(
    workspace: Workspace,
    body: Any,
    guidance: str | None = None,
    given: Sequence[str] = (),
    date: str | None = None,
    everything: bool = False,
    infer: bool = False,
    as_printed: bool = False,
) -> Any:
    checker = _checker(workspace, guidance, tuple(given), date, everything, infer, as_printed)
    return _each(body, checker.context, lambda asked: checker.answer(asked)[0])


@lru_cache(_KEPT)
def _checker(
    workspace: Workspace,
    guidance: str | None,
    given: tuple[str, ...],
    date: str | None,
    everything: bool,
    infer: bool,
    as_printed: bool,
) -> Checker:
    """What checks records, with all that it has prepared; a workspace is that of one day."""
    from kg.answers.check import Checker
    from kg.answers.given import day, pairs

    on = day(date)
    applied = None if as_printed else workspace.applied(on)
    return Checker(
        workspace, applied, guidance=guidance, given=pairs(given), everything=everything, infer=infer, day=on
    )


def _identify(
    workspace: Workspace,
    body: Any,
    given: Sequence[str] = (),
    date: str | None = None,
    everything: bool = False,
    infer: bool = False,
    as_printed: bool = False,
) -> Any:
    from kg.answers.given import pairs
    from kg.answers.identify import identify
    from kg.answers.records import GivenContexts

    identifiers = _identifiers(workspace, date, infer, as_printed)
    contexts = GivenContexts(workspace, pairs(given))
    return _each(body, contexts, lambda asked: identify(asked, identifiers, everything=everything))


@lru_cache(_KEPT)
def _identifiers(workspace: Workspace, date: str | None, infer: bool, as_printed: bool) -> Identifiers:
    """What finds guidances, with all that it has prepared."""
    from kg.answers.given import day
    from kg.answers.identify import Identifiers

    on = day(date)
    return Identifiers(workspace, None if as_printed else workspace.applied(on), on, infer=infer)


def _each(body: Any, context: Callable[[dict[str, list[str]]], Any], told: Callable[[Any], dict[str, Any]]) -> Any:
    """The answer for one record; for a list, one for each, in order, and for what is no record its error.

    Raises:
        KgError: that of a single record that is none.
    """
    from kg.answers.records import from_json

    if isinstance(body, list):
        return [told(from_json(one, f"record {n}", Place(f"record {n}"), context)) for n, one in enumerate(body, 1)]
    asked = from_json(body, "", Place("record"), context)
    if asked.error is not None:
        raise asked.error
    item = told(asked)
    if "error" in item:
        raise fault_of(item["error"])
    return item


def _standards(workspace: Workspace, id: Sequence[str] = (), date: str | None = None) -> Any:
    from kg.answers.given import day
    from kg.answers.standards import standards

    return list(standards(workspace.standards(), day(date) or today(), id))


def _changes(
    workspace: Workspace,
    old: str | None = None,
    new: str | None = None,
    system: str | None = None,
    change: Sequence[str] = (),
    limit: int = _CHANGES,
) -> Any:
    from kg.answers.diff import differences
    from kg.answers.editions import of_one_store

    pair = of_one_store(workspace, old, new)
    found = differences(pair, system, change)
    listed = list(islice(found, limit))
    rest = sum(1 for _ in found)
    return {"compared": pair.titles, "changes": listed, **({"truncated": rest} if rest else {})}


def _part_of_changes(workspace: Workspace, **arguments: Any) -> Any:
    from kg.answers.changes import changes

    return changes(workspace, **arguments)


def _neighbourhood(workspace: Workspace, thing: str, radius: int = 1, most: int = 100) -> Any:
    from kg.answers.neighbourhood import around, as_json

    return as_json(around(workspace, thing, radius, most), workspace)


def _overview(workspace: Workspace) -> Any:
    from kg.answers.overview import overview

    return overview(workspace)


def _readings(workspace: Workspace, guidance: str) -> Any:
    from kg.answers.readings import readings

    return readings(workspace.recommendation(guidance))


def _described(workspace: Workspace, iri: str, media: str) -> Written:
    import pyoxigraph as ox

    from kg.answers.described import described
    from kg.graph.iris import PREFIXES
    from kg.serve.worker import GRAPHS

    triples = described(workspace, iri)
    return Written(media, ox.serialize(triples, format=GRAPHS[media], prefixes=dict(PREFIXES)) or b"")


def _relatives(workspace: Workspace, system: str, id: str, offset: int = 0, limit: int = 50) -> Any:
    from kg.answers.relatives import relatives

    return relatives(workspace, system, id, offset, limit)


def _waiting(workspace: Workspace, offset: int = 0, limit: int = 20) -> Any:
    from kg.answers.readings import waiting

    return waiting(workspace, offset, limit)


QUESTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "guidances": _guidances,
        "guidance": _guidance,
        "combinations": _combinations,
        "show": _show,
        "search": _search,
        "subsumes": _subsumes,
        "map": _map,
        "mapped_from": _mapped_from,
        "standards": _standards,
        "changes": _changes,
        "check": _check,
        "identify": _identify,
        "described": _described,  # asked by /data/…
        # asked by pages alone
        "neighbourhood": _neighbourhood,
        "overview": _overview,
        "part_of_changes": _part_of_changes,
        "readings": _readings,
        "relatives": _relatives,
        "waiting": _waiting,
    }
)
"""The function of each question, of the workspace and its arguments by name."""
