"""The users' own releases in a store: all editions of all systems, opened without reading them."""

from __future__ import annotations

import datetime
from pathlib import Path

from kg.codes import Chapters, Scheme, Selector
from kg.errors import KgError
from kg.terminology.code_edition import CodeEdition, ReleasedCodes
from kg.terminology.editions import FOLDER, SNOMED_CT, Edition, read_editions
from kg.terminology.snomed import SnomedEdition


class Release:
    """The terminology part of a store. Empty where nothing was loaded."""

    def __init__(self, folder: Path) -> None:
        """Read the list of editions.

        Raises:
            KgError: KG-E0502, KG-E0503.
        """
        self.folder = folder
        self.editions: tuple[Edition, ...] = read_editions(folder)
        self._snomed = {e.name: SnomedEdition(folder / e.folder, e) for e in self.editions if e.system == SNOMED_CT}
        self._days: dict[datetime.date, ReleasedCodes] = {}
        self._codes = tuple(CodeEdition(folder / e.folder, e) for e in self.editions if e.system != SNOMED_CT)

    @classmethod
    def of_store(cls, release: Path) -> Release:
        """The terminology in the folder of a store's release."""
        return cls(release / FOLDER)

    def __bool__(self) -> bool:
        return bool(self.editions)

    @property
    def snomed_editions(self) -> tuple[SnomedEdition, ...]:
        """The editions of SNOMED CT, oldest first."""
        return tuple(self._snomed[name] for name in sorted(self._snomed))

    def snomed(self, name: str | None = None) -> SnomedEdition:
        """The edition of SNOMED CT of a date (`20250924`), else the newest.

        Raises:
            KgError: KG-E1009 if there is none.
        """
        wanted = name or max(self._snomed, default=None)
        if wanted is None or wanted not in self._snomed:
            held = ", ".join(each.edition.title for each in self.snomed_editions)
            what = f"no edition {name} of SNOMED CT in the store" if name and held else "no SNOMED CT in the store"
            hint = f"It holds {held}." if held else "Load one: kg build SOURCES… --release FOLDER-OR-ZIP --into STORE"
            raise KgError("KG-E1009", what, hint=hint)
        return self._snomed[wanted]

    def code_editions(self, scheme: Scheme) -> tuple[CodeEdition, ...]:
        """The editions of a classification, oldest first."""
        return tuple(each for each in self._codes if each.scheme is scheme)

    def editions_with(self, selector: Selector, chapters: Chapters) -> tuple[CodeEdition, ...]:
        """The editions that have a code of a selector, oldest first."""
        mine = self.code_editions(selector.scheme)
        return tuple(each for each in mine if any(True for _ in each.codes_under(selector, chapters)))

    @property
    def changes(self) -> tuple[datetime.date, ...]:
        """The days from which another edition of a classification is in use than the day before."""
        return tuple(sorted({datetime.date.fromisoformat(e.edition.since) for e in self._codes if e.edition.since}))

    def codes(self, day: datetime.date) -> ReleasedCodes:
        """The classifications as they are in use on a day: one object for all days with the same editions."""
        if day not in self._days:
            found = ReleasedCodes(self._codes, day)
            same = (each for each in self._days.values() if each.editions == found.editions)
            self._days[day] = next(same, found)
        return self._days[day]

    def snomed_on(self, day: datetime.date) -> SnomedEdition:
        """The edition of SNOMED CT in use on a day; before the first loaded one the first.

        Raises:
            KgError: KG-E1009 if there is none.
        """
        begun = [name for name, each in self._snomed.items() if each.edition.since <= day.isoformat()]
        return self.snomed(max(begun, default=min(self._snomed, default=None)))
