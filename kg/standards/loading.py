"""The rules to apply: the national standards, and the packs that a user adds, checked against each other when they
load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kg import resources
from kg.codes import Chapters, Classification
from kg.errors import KgError, Place
from kg.reason.applying import Standards
from kg.reason.consistency import Problem, Trouble, problems
from kg.reason.standard import Level, Standard
from kg.standards.levels import read_levels
from kg.standards.national import read_national
from kg.standards.pack import Pack, read_pack

NATIONAL = "ontology/standards.ttl"
PACK = "ontology/packs/health-board-2022.tsv"
"""The pack that comes with the program: a health board's reading of the national standards of 2022."""

_ERRORS = {Trouble.CONTRADICTION: "KG-E0902", Trouble.CIRCLE: "KG-E0903", Trouble.NEVER_BROKEN: "KG-W0901"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The standards of all that was loaded, national first, then pack by pack, and what a person should look at
    (`warnings`, KG-W0901 with its place).
    """

    standards: tuple[Standard, ...]
    packs: tuple[Pack, ...] = ()
    warnings: tuple[KgError, ...] = ()
    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))

    def ready(self, chapters: Chapters) -> Standards:
        """The rules made ready to be applied, at the levels of the local switches."""
        return Standards.of(self.standards, chapters, self.levels)


@cache
def load_national() -> tuple[Standard, ...]:
    """The rules of `ontology/standards.ttl`, read once in a process.

    Raises:
        KgError: KG-E0703, KG-E0901 where the file is broken.
    """
    return tuple(read_national(resources.text(NATIONAL), NATIONAL))


def load_pack(path: Path) -> Pack:
    """A pack of rules; nothing of it is used if a row cannot be read.

    Raises:
        KgError: KG-E0201 no such file, KG-E0203 not text, KG-E0904 no header, KG-E0901 with every row that is no rule.
    """
    pack = read_pack(_text(path), str(path))
    if pack.faults:
        raise together(list(pack.faults))
    return pack


def load_levels(path: Path, standards: Sequence[Standard]) -> Mapping[str, Level]:
    """The local switches of a settings file.

    Raises:
        KgError: KG-E0201, KG-E0203, KG-E0905.
    """
    return read_levels(_text(path), str(path), standards)


def load_standards(classification: Classification, packs: Sequence[Path] = (), settings: Path | None = None) -> Loaded:
    """The national standards with packs and local switches, after a check of all rules together.

    Rules that are switched off take no part in the check, so that a contradiction can be settled by a switch.

    Raises:
        KgError: those of the files; KG-E0901 for an id in two packs, KG-E0902, KG-E0903, each with all that were found.
    """
    read = tuple(load_pack(path) for path in packs)
    standards = [*load_national(), *(s for pack in read for s in pack.standards)]
    owner: dict[str, str] = {}
    for name, rules in ((NATIONAL, load_national()), *((pack.name, pack.standards) for pack in read)):
        if twice := [s.id for s in rules if s.id in owner]:
            what = f"{twice[0]} is in {owner[twice[0]]} already{f', and {len(twice) - 1} more' if twice[1:] else ''}"
            raise KgError("KG-E0901", what, where=Place(name), hint="Is the pack named twice?")
        owner.update((s.id, name) for s in rules)
    levels = load_levels(settings, standards) if settings else MappingProxyType[str, Level]({})
    used = [s for s in standards if levels.get(s.id, levels.get(s.standard, s.level)) is not Level.OFF]
    told = [_told(p, read) for p in problems(used, classification.chapters, classification)]
    if errors := [fault for fault in told if fault.kind.severity == "error"]:
        raise together(errors)
    return Loaded(tuple(standards), read, tuple(told), levels)


def _told(p: Problem, packs: Sequence[Pack]) -> KgError:
    """A problem as a fault at the place of its first rule that stands in a pack."""
    where = next((pack.place(s) for s in p.rules for pack in packs if s.id in pack.lines), Place(NATIONAL))
    ids = " and ".join(dict.fromkeys(s.id for s in p.rules))
    words = {
        Trouble.CONTRADICTION: f"{ids} contradict each other",
        Trouble.CIRCLE: f"{ids} cannot be kept",
        Trouble.NEVER_BROKEN: f"{p.rules[0].id} can never be broken",
    }
    hint = "Correct one of them, or switch one off." if p.trouble is not Trouble.NEVER_BROKEN else ""
    return KgError(_ERRORS[p.trouble], f"{words[p.trouble]}: {p.why}", where=where, hint=hint)


def together(faults: Sequence[KgError]) -> KgError:
    """Several faults of one kind as one: the first, with the others below it."""
    first, *rest = faults
    if not rest:
        return first
    below = [f"{fault.where or ''}  {fault.what}".strip() for fault in rest]
    count = f"{len(rest)} more:" if len(rest) > 1 else "one more:"
    return KgError(
        first.id,
        first.what,
        where=first.where,
        why="\n  ".join(x for x in (first.why, count, *below) if x),
        hint=first.hint,
    )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise KgError("KG-E0201", f"no such file: {path}", where=Place(str(path))) from None
    except OSError as fault:
        raise KgError("KG-E0205", f"{path} cannot be read: {fault.strerror}", where=Place(str(path))) from None
    except UnicodeDecodeError:
        raise KgError("KG-E0203", f"{path} is not text in UTF-8", where=Place(str(path))) from None
