"""The rules that records are held against, with their words and where they come from."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kg.errors import KgError, nearest

if TYPE_CHECKING:
    from kg.reason.standard import Level, Standard
    from kg.standards import Loaded


def standards(loaded: Loaded, on: datetime.date, ids: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The rules, each with its kind, words, source and level, and whether it is in force on a day; all of them, or
    those of the ids of rules and standards.

    Raises:
        KgError: KG-E0102 with the nearest id, at once.
    """
    wanted = [_known(id, loaded.standards) for id in ids]
    shown = [s for s in loaded.standards if not wanted or s.id in wanted or s.standard in wanted]
    return (_as_json(s, loaded.levels.get(s.id, loaded.levels.get(s.standard, s.level)), on) for s in shown)


def _known(id: str, standards: Sequence[Standard]) -> str:
    """The id as it is written (capitals do not matter).

    Raises:
        KgError: KG-E0102 with the nearest id.
    """
    names = {name.lower(): name for s in standards for name in (s.id, s.standard)}
    if id.lower() in names:
        return names[id.lower()]
    near = nearest(id, sorted(names.values()))
    hint = f"Did you mean {near[0]}?" if near else "kg standards lists all of them."
    raise KgError("KG-E0102", f'no rule or standard is called "{id}"', hint=hint)


def _as_json(s: Standard, level: Level, on: datetime.date) -> dict[str, Any]:
    from kg.reason.wording import sentence

    return {
        "rule": s.id,
        "standard": s.standard,
        "title": s.label,
        "system": s.scheme.value,
        "kind": s.kind.value,
        "level": level.value,
        "authority": s.authority.value,
        "words": sentence(s),
        "source": s.source,
        "editions": list(s.editions),
        "from": s.valid_from.isoformat() if s.valid_from else None,
        "until": s.valid_to.isoformat() if s.valid_to else None,
        "in_force": s.in_force(on),
        "subject": [str(x) for x in s.subject],
        "object": [str(x) for x in s.object],
        "unless": [str(x) for x in s.unless],
    }
