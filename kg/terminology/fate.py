"""Codes and concepts of a record that the edition in use on its day does not have, and what became of them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from kg.codes import Classification, Code, Scheme, SctId
from kg.errors import KgError
from kg.terminology.code_edition import CodeEdition, ReleasedCodes, code_of
from kg.terminology.history import lineages
from kg.terminology.snomed import SnomedEdition


@dataclass(frozen=True, slots=True)
class Odd:
    """What is not in use: `id` of the catalogue of warnings, what is said of it, and what stands for it where that is
    known.
    """

    id: str
    subject: str
    what: str
    now: tuple[str, ...] = ()


def odd_code(
    code: Code, known: Classification, editions: Sequence[CodeEdition] = (), day: datetime.date | None = None
) -> Odd | None:
    """What is odd about a code of a record of a `day`; None of one that is in use then, or of which nothing is known.

    Args:
        code: the code.
        known: the classifications in use on the day.
        editions: all editions that are loaded, to tell a retired code and one that comes later from one that never was.
        day: the day, where the record tells one.
    """
    if known.exists(code) is not False:
        return None
    scheme = code.scheme
    on = f" on {day}" if day else ""
    edition = known.edition(scheme) if isinstance(known, ReleasedCodes) else None
    mine = [each for each in editions if each.scheme is scheme and each.is_code(code.key)]
    if edition is not None and mine:
        since = edition.edition.since
        before = [each for each in mine if each.edition.since < since]
        if before:
            now = tuple(str(each) for each in became(code, before[-1], edition))
            what = f"{code} is not an {scheme} code in use{on}: {edition.edition.title} retired it"
            what += f"; it became {', '.join(now)}" if now else ", and does not tell what replaced it"
            return Odd("KG-W1050", str(code), what, now)
        later = mine[0].edition
        what = f"{code} is not an {scheme} code in use{on}: it comes with {later.title}, from {later.since}"
        return Odd("KG-W1018", str(code), what)
    other = Scheme.ICD10 if scheme is Scheme.OPCS4 else Scheme.OPCS4
    if _exists(code, other, known):
        what = f"{code} is not an {scheme} code in use{on}; it is one of {other}. Was it meant for the other side?"
        return Odd("KG-W0401", str(code), what)
    told = f"{code} is not an {scheme} code in use{on}"
    if edition is not None and day and day.isoformat() < edition.edition.since:
        told += f"; no edition of that day is loaded, {edition.edition.title} was asked"
    return Odd("KG-W0205", str(code), told)


def became(code: Code, old: CodeEdition, new: CodeEdition) -> tuple[Code, ...]:
    """The codes of a newer edition that stand for one that it retired: the codes that divide it, else the one code that
    took over its title. None where neither is so.
    """
    key = code.key
    if into := [each for each in new.codes_of_category(code.category) if each.startswith(key)]:
        return tuple(code_of(new.scheme, each) for each in into)
    title = old.title(key) or ""
    named = [each for each in new.titled(title) if not old.is_code(each)]
    once = sum(not new.is_code(each) for each in old.titled(title)) == 1
    return (code_of(new.scheme, named[0]),) if once and len(named) == 1 else ()


def odd_concept(concept: SctId, snomed: SnomedEdition) -> Odd | None:
    """What is odd about a concept of a record: not in the edition, or inactive there, with what history leads to."""
    title = snomed.edition.title
    if concept not in snomed:
        return Odd("KG-W1052", str(concept), f"the concept {concept} is not in {title}")
    if snomed.is_active(concept):
        return None
    ways = lineages(snomed, concept)
    told = ", ".join(f"{way.link} {way.id} {snomed.term(way.id)}" for way in ways)
    what = f"the concept {concept} {snomed.term(concept)} is inactive in {title}" + (f": {told}" if told else "")
    return Odd("KG-W1053", str(concept), what, tuple(str(way.id) for way in ways))


def _exists(code: Code, scheme: Scheme, known: Classification) -> bool:
    try:
        return known.exists(Code.parse(code.text, scheme)) is True
    except KgError:
        return False
