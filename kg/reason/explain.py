"""Verdicts in words and as JSON: readers of what `check` found, never a second opinion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kg.citation import Citation, Origin
from kg.expression.notation import write_citation
from kg.reason.edits import NO_REPAIRS, Action, Edit, Repairs, sentence, words
from kg.reason.inferred import Inferred
from kg.reason.standard import Level
from kg.reason.verdict import Broken, GuidanceVerdict, Match, Reason, SideVerdict, Verdict

Json = dict[str, Any]
_TOLD = 3  # repairs told in words


def lines(found: GuidanceVerdict) -> list[str]:
    """The verdict and its reasons as an indented tree, from the verdict down to the quoted words."""
    told = [f"{found.guidance} {found.title}: {found.verdict.upper()}"]
    shown = [s for s in found.sides if s.why]
    for s in shown:
        last = s is shown[-1]
        told.append(f"{'└─' if last else '├─'} {s.side}: {s.verdict}")
        told += [f"{'   ' if last else '│  '}{line}" for line in _tree(s.why)]
    return told


def repair_lines(found: Repairs) -> list[str]:
    """The smallest repairs, a line each; or why there is none to tell."""
    if found.reason:
        return [f"no repair is told: {found.reason}"]
    told = [f"{'smallest repair' if i == 0 else 'or'}: {sentence(r)}" for i, r in enumerate(found.best[:_TOLD])]
    more = found.found - len(told)
    return [*told, f"and {more} more of the same size"] if told and more > 0 else told


def repairs_json(found: Repairs) -> list[list[Json]]:
    """The smallest repairs, best first, each a list of edits (docs/repairs.md)."""
    return [[_edit(e) for e in r.edits] for r in found.best]


def _edit(e: Edit) -> Json:
    told: Json = {"edit": e.action.value, "side": e.side.value}
    if e.action is Action.MOVE:
        told |= {"code": str(e.code), "from": e.origin, "to": e.at}
    else:
        told |= {"at": e.at} | ({"code": str(e.code)} if e.code else {})
    if e.selector is not None:
        told |= {"selector": str(e.selector)} | ({"but": [str(x) for x in e.excluded]} if e.excluded else {})
        told["example"] = str(e.example)
    return {**told, "words": words(e)}


def _tree(reasons: Sequence[Reason]) -> Iterator[str]:
    for i, reason in enumerate(reasons):
        last = i == len(reasons) - 1
        yield f"{'└─' if last else '├─'} {reason.text}"
        inner = "   " if last else "│  "
        quotes = [f"“{_one_line(o.quote)}”" if isinstance(o, Citation) else o.standard for o in reason.origins[:3]]
        if quotes:
            more = " …" if len(reason.origins) > 3 else ""
            yield f"{inner}{'│' if reason.steps else ' '} ↳ {', '.join(quotes)}{more}"
        yield from (inner + line for line in _tree(reason.steps))


def _one_line(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 100 else plain[:99] + "…"


def guidance_json(found: GuidanceVerdict, repairs: Repairs = NO_REPAIRS) -> Json:
    """The verdict on one guidance, in the shape of `kg check --format jsonl`."""
    return {
        "guidance": found.guidance,
        "title": found.title,
        "verdict": found.verdict.value,
        "procedure": _side(found.procedure),
        "diagnosis": _side(found.diagnosis),
        "repairs": repairs_json(repairs),
        **({"no_repair": repairs.reason} if repairs.reason else {}),
        "why": [{"side": s.side.value, **_reason(reason)} for s in found.sides for reason in s.why],
    }


def record_verdict(found: Sequence[GuidanceVerdict], broken: Sequence[Broken] = ()) -> Verdict:
    """The verdict on a record: contradicted if a rule that it breaks contradicts, else that of the first guidance, else
    not applicable.
    """
    if any(b.contradicts for b in broken):
        return Verdict.CONTRADICTED
    return found[0].verdict if found else Verdict.NOT_APPLICABLE


def record_json(
    id: str | int | float,
    found: Sequence[GuidanceVerdict],
    broken: Sequence[Broken] = (),
    repairs: Sequence[Repairs] = (),
) -> Json:
    """The answer for one record. `broken` are the rules that it breaks whatever guidance is meant, `repairs` those for
    each guidance, if asked for.
    """
    return {
        "id": id,
        "verdict": record_verdict(found, broken).value,
        "standards": [_broken(b) for b in broken],
        "guidances": [guidance_json(v, repairs[i] if repairs else NO_REPAIRS) for i, v in enumerate(found)],
    }


def standards_lines(broken: Sequence[Broken]) -> list[str]:
    """The rules that a record breaks, as text: of each its level, the codes, the rule and whose word it is."""
    if not broken:
        return []
    told = [f"{'└─' if b is broken[-1] else '├─'} {_LEVELS[b.level]}: {b.why}" for b in broken]
    return ["standards, whatever guidance is meant:", *told]


_LEVELS = {Level.BREAK: "contradicted", Level.WARN: "warning", Level.NOTE: "note", Level.OFF: "off"}


def _broken(b: Broken) -> Json:
    """A broken rule. What follows from the recommendation alone has no standard, level or authority."""
    told: Json = {"rule": b.rule}
    if b.standard:
        told["standard"] = b.standard
    told |= {"codes": [str(c) for c in b.codes], "why": b.why}
    if b.authority is not None:
        told |= {"level": b.level.value, "authority": b.authority.value}
    return told


def _side(s: SideVerdict) -> Json:
    return {
        "verdict": s.verdict.value,
        "met": [str(x) for x in s.met.combination.selectors] if s.met else None,
        "matched": _pairs(s.met or (s.nearest[0] if s.nearest else None), s),
        "missing": [str(x) for x in s.missing],
        "nearest": [
            {"selectors": [str(x) for x in m.combination.selectors], "missing": [str(x) for x in m.missing]}
            for m in s.nearest
        ],
        "broken": [_broken(b) for b in s.broken],
        **({"inferred": [_inferred(i) for i in s.inferred]} if s.inferred else {}),
    }


def _inferred(i: Inferred) -> Json:
    told: Json = {"facet": i.facet, "value": i.value, "from": i.source, "words": i.words}
    return told | ({"not_used": i.unused} if i.unused else {})


def _pairs(held: Match | None, s: SideVerdict) -> list[Json]:
    if held is None:
        return []
    return [
        {"selector": str(held.combination.selectors[i]), "code": str(s.codes[j]), "entry": j + 1} for i, j in held.pairs
    ]


def _reason(reason: Reason) -> Json:
    told: Json = {"text": reason.text}
    if reason.origins:
        told["citations"] = [_origin(o) for o in reason.origins]
    if reason.steps:
        told["steps"] = [_reason(step) for step in reason.steps]
    return told


def _origin(origin: Origin) -> Json:
    told = write_citation(origin)
    return {"document": origin.document, **told} if isinstance(origin, Citation) else told
