"""A release read the slow way: line by line into dictionaries, sharing no code with the program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

IS_A = "116680003"


def rows(folder: Path, part: str) -> Iterator[dict[str, str]]:
    """The rows of all Snapshot files whose name has a part, the newest version of each."""
    newest: dict[str, dict[str, str]] = {}
    for path in sorted(folder.rglob("*.txt")):
        if part in path.name and "Snapshot" in path.name:
            head, *lines = path.read_bytes().decode().split("\r\n")[:-1]
            for line in lines:
                row = dict(zip(head.split("\t"), line.split("\t"), strict=True))
                if row["id"] not in newest or newest[row["id"]]["effectiveTime"] <= row["effectiveTime"]:
                    newest[row["id"]] = row
    yield from newest.values()


@dataclass
class Slow:
    """What a release says, by identifiers as printed."""

    active: dict[str, bool] = field(default_factory=dict)
    terms: dict[str, list[tuple[str, str, bool]]] = field(default_factory=dict)
    preferred: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each language set the preferred synonym of each concept."""
    parents: dict[str, set[str]] = field(default_factory=dict)
    attributes: dict[str, set[tuple[str, str, str]]] = field(default_factory=dict)
    maps: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    history: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def above(self, concept: str) -> set[str]:
        """All ancestors."""
        found: set[str] = set()
        todo = [concept]
        while todo:
            for parent in self.parents.get(todo.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return found


def read(folder: Path) -> Slow:
    """Read all tables of a release."""
    slow = Slow()
    for row in rows(folder, "sct2_Concept_"):
        slow.active[row["id"]] = row["active"] == "1"
    terms: dict[str, dict[str, str]] = {}
    for row in rows(folder, "sct2_Description_"):
        terms[row["id"]] = row
        slow.terms.setdefault(row["conceptId"], []).append((row["id"], row["term"], row["active"] == "1"))
    for row in rows(folder, "cRefset_Language"):
        of = terms.get(row["referencedComponentId"])
        live = row["active"] == "1" and row["acceptabilityId"] == "900000000000548007"
        if of and live and of["active"] == "1" and of["typeId"] == "900000000000013009":
            slow.preferred.setdefault(row["refsetId"], {})[of["conceptId"]] = of["term"]
    for row in rows(folder, "sct2_Relationship_"):
        if row["active"] == "1" and row["typeId"] == IS_A:
            slow.parents.setdefault(row["sourceId"], set()).add(row["destinationId"])
        elif row["active"] == "1":
            told = (row["relationshipGroup"], row["typeId"], row["destinationId"])
            slow.attributes.setdefault(row["sourceId"], set()).add(told)
    for row in rows(folder, "RelationshipConcreteValues"):
        if row["active"] == "1":
            told = (row["relationshipGroup"], row["typeId"], row["value"])
            slow.attributes.setdefault(row["sourceId"], set()).add(told)
    for part in ("iisssciRefset", "iisssccRefset"):
        for row in rows(folder, part):
            if row["active"] == "1":
                block = row.get("mapBlock", "1")
                told = (row["refsetId"], block, row["mapGroup"], row["mapPriority"], row["mapTarget"], row["mapRule"])
                slow.maps.setdefault(row["referencedComponentId"], []).append((*told, row["mapAdvice"]))
    for row in rows(folder, "cRefset_Association"):
        if row["active"] == "1":
            slow.history.setdefault(row["referencedComponentId"], set()).add(
                (row["refsetId"], row["targetComponentId"])
            )
    return slow
