"""An opened edition of OPCS-4 or ICD-10, and the editions in use on a day as the core's classification."""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kg.codes import Category, Chapter, Chapters, Code, One, Range, Scheme, Selector
from kg.codes.selector import spans
from kg.terminology.arrays import Arrays
from kg.terminology.editions import Edition, Level
from kg.terminology.in_use import OpenCodes

if TYPE_CHECKING:
    from kg.terminology.search import Search


@dataclass(frozen=True, slots=True)
class Beside:
    """What ICD-10 says of a code besides its title: the codes that go with a dagger code, sex, ages, its mark."""

    mark: str
    pairs: tuple[str, ...]
    sex: str
    ages: tuple[str, str]


class CodeEdition:
    """One edition of a classification: keys in order, titles, what is a code and what a category."""

    def __init__(self, folder: Path, edition: Edition) -> None:
        self.edition = edition
        self.scheme = Scheme(edition.system)
        self.arrays = Arrays(folder)

    @cached_property
    def keys(self) -> Sequence[str]:
        """The keys of all codes and categories in order (`J12`, `J128`)."""
        texts = self.arrays.texts("code.key")
        return tuple(texts[i] for i in range(len(texts)))

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {key: i for i, key in enumerate(self.keys)}

    def title(self, key: str) -> str | None:
        """The title of a code or category."""
        row = self._rows.get(key)
        return self.arrays.texts("code.title")[row] if row is not None else None

    def is_code(self, key: str) -> bool:
        """Whether the edition has a code of this key that can be recorded."""
        row = self._rows.get(key)
        return row is not None and self.arrays["code.level"].view[row] == Level.CODE

    def codes_of_category(self, letters: str) -> Sequence[str]:
        """The keys of the codes of a category, in order."""
        level = self.arrays["code.level"].view
        rows = range(bisect_left(self.keys, letters), bisect_left(self.keys, letters + "\U0010ffff"))
        return [self.keys[i] for i in rows if level[i] == Level.CODE]

    @cached_property
    def _titled(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        level, titles = self.arrays["code.level"].view, self.arrays.texts("code.title")
        for i, key in enumerate(self.keys):
            if level[i] == Level.CODE:
                found.setdefault(_plain(titles[i]), []).append(key)
        return found

    def titled(self, title: str) -> Sequence[str]:
        """The keys of the codes of a title, in order; capitals and blanks do not matter. None of the empty title."""
        return self._titled.get(_plain(title), ()) if title else ()

    def beside(self, key: str) -> Beside | None:
        """What the edition says of a code besides its title."""
        row = self._rows.get(key)
        if row is None:
            return None
        mark, pairs, sex, low, high = self.arrays.texts("code.beside")[row].split("\t")
        return Beside(mark, tuple(filter(None, pairs.split("^"))), sex, (low, high))

    def codes_under(self, selector: Selector, chapters: Chapters) -> Iterator[Code]:
        """The codes that a selector covers, in order. Logarithmic, then linear in what comes back."""
        keys, level = self.keys, self.arrays["code.level"].view
        for low, high in spans(selector, chapters):
            for i in range(bisect_left(keys, low), bisect_left(keys, high)):
                if level[i] == Level.CODE:
                    yield code_of(self.scheme, keys[i])

    @cached_property
    def search(self) -> Search:
        """Search over the titles; the numbers in its answers are places in `keys`."""
        from kg.terminology.search import Search

        return Search(self.arrays)

    def __len__(self) -> int:
        return len(self.keys)


def _plain(title: str) -> str:
    return " ".join(title.lower().split())


def code_of(scheme: Scheme, key: str) -> Code:
    """The code of a key."""
    return Code(scheme, f"{key[:3]}.{key[3:]}" if len(key) > 3 else key)


class ReleasedCodes:
    """The editions in use on a day as one classification (`kg.codes.Classification`).

    What no loaded edition answers for its system, the open list of codes does. A day before the first loaded edition
    is answered by the first, a day after the last by the last.
    """

    def __init__(self, editions: Sequence[CodeEdition], day: datetime.date) -> None:
        self._open = OpenCodes()
        self._editions: dict[Scheme, CodeEdition] = {}
        for scheme in Scheme:
            mine = sorted((e for e in editions if e.scheme is scheme), key=lambda e: e.edition.since)
            if mine:
                begun = [e for e in mine if not e.edition.since or e.edition.since <= day.isoformat()]
                self._editions[scheme] = begun[-1] if begun else mine[0]

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions that answer, by their folders."""
        return tuple(each.edition.folder for each in self._editions.values())

    def edition(self, scheme: Scheme) -> CodeEdition | None:
        """The edition that answers for a scheme."""
        return self._editions.get(scheme)

    @property
    def chapters(self) -> Chapters:
        """The chapters: a release tells none, so that they are those the program ships."""
        return self._open.chapters

    def title(self, selector: Selector) -> str | None:
        """The title in the edition; of a chapter in the project's words."""
        edition = self._editions.get(selector.scheme)
        if edition is None:
            return self._open.title(selector)
        match selector:
            case One(code):
                return edition.title(code.key)
            case Category(letters=letters):
                return edition.title(letters)
            case Chapter():
                return self._open.title(selector)
            case Range():
                return None

    def exists(self, code: Code) -> bool | None:
        """Whether the edition has the code; one that is divided further is not to be recorded and does not exist."""
        edition = self._editions.get(code.scheme)
        return self._open.exists(code) if edition is None else edition.is_code(code.key)

    def codes_under(self, selector: Selector) -> Iterator[Code]:
        """The codes of the edition that a selector covers, in order."""
        edition = self._editions.get(selector.scheme)
        return self._open.codes_under(selector) if edition is None else edition.codes_under(selector, self.chapters)

    def is_complete(self, scheme: Scheme) -> bool:
        """Whether an edition of the scheme is loaded."""
        return scheme in self._editions

    def other_titles(self, code: Code) -> tuple[str, ...]:
        """The titles under which the code was counted in other years, newest first."""
        return self._open.other_titles(code)

    def use(self, code: Code) -> Mapping[int, int]:
        """How often the code was recorded in England by year."""
        return self._open.use(code)
