"""Kinds of codes: all codes of a classification, in use or not, sorted by all that some rules and combinations can
ask of one. Codes of one kind can stand for each other, so that a search over kinds is one over all codes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, pairwise

from kg.codes import Category, Chapter, Chapters, Code, One, Scheme, Selector, covers
from kg.codes.chapters import SUBSIDIARY
from kg.codes.selector import LAST, spans
from kg.reason.breaking import Fact, Rule, has_word, stated_values
from kg.reason.standard import Kind, Standard

_CHARACTERS = frozenset({Kind.REQUIRES_CHARACTER, Kind.CHARACTER_NOT})
_TITLES = frozenset({Kind.FOLLOWS, Kind.REQUIRED_UNLESS_STATED, Kind.NOT_WHEN_STATED})
_SHARED = 60  # codes of a kind, among which one is looked for that no further rule speaks of

Profile = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class KindOfCode:
    """Codes that no rule and no combination at hand tells apart; `code` stands for them, `codes` were looked at."""

    number: int
    profile: Profile
    code: Code
    codes: tuple[Code, ...]


class Alphabet:
    """The kinds of codes that matter to some rules and named selectors, with the rules that were found to matter.

    `named` are the kinds below a named selector, in its order; `everything` has the others too: of the codes that
    nobody names at least one with a title that is not known, which no rule on titles can find fault with.
    """

    def __init__(
        self,
        scheme: Scheme,
        named: Sequence[Selector],
        known: Iterable[Code],
        rules: Sequence[Rule],
        chapters: Chapters,
        title: Callable[[Code], str | None],
        stated: Callable[[str], Sequence[Fact]],
        about: Callable[[Code], Sequence[Rule]],
    ) -> None:
        self._chapters, self._title, self._stated = chapters, title, stated
        self.rules = list(dict.fromkeys(rules))
        pool = list(dict.fromkeys(known))
        while True:
            asked = self._selectors(named, scheme)
            self._cut(asked)
            whole = any(rule.standard.kind in _CHARACTERS for rule in self.rules)
            found: dict[Profile, list[Code]] = {}
            samples = (c for lo, hi in pairwise(self._ends) for c in _samples(lo, hi, scheme, whole=whole))
            for code in dict.fromkeys(chain(pool, samples)):
                found.setdefault(self._profile(code), []).append(code)
            more = self._further(found, about)
            if not more:
                break
            self.rules += more
        self.everything = tuple(
            KindOfCode(n, profile, codes[0], tuple(codes)) for n, (profile, codes) in enumerate(found.items())
        )
        self._by_profile = {k.profile: k for k in self.everything}
        self.named = tuple(k for k in self.everything if any(covers(s, k.code, chapters) for s in named))

    def kind_of(self, code: Code) -> KindOfCode | None:
        """The kind of a code, if one like it was looked at."""
        return self._by_profile.get(self._profile(code))

    def is_spoken_of(self, kind: KindOfCode) -> bool:
        """Whether a rule or a combination names codes of a kind, or they never lead a record."""
        return kind.profile[0] != 0

    def is_plain(self, kind: KindOfCode) -> bool:
        """Whether the titles of a kind say nothing that a rule asks for."""
        return all(not told for told in kind.profile[1:])

    def below(self, s: Selector) -> list[KindOfCode]:
        """The kinds of the codes of a named selector."""
        return [k for k in self.everything if covers(s, k.code, self._chapters)]

    def pieces(self, s: Selector, numbers: AbstractSet[int]) -> list[Selector] | None:
        """The codes of a selector that are of no kind of `numbers`, as whole codes and categories; None where they are
        not.
        """
        kinds: dict[int, set[bool]] = {}
        for k in self.everything:
            for code in k.codes:
                if covers(s, code, self._chapters):
                    kinds.setdefault(bisect_right(self._ends, code.key) - 1, set()).add(k.number in numbers)
        found: list[Selector] = []
        for i in (i for i, fit in sorted(kinds.items()) if False in fit):
            lo, hi = self._ends[i : i + 2]
            if True in kinds[i] or hi != lo + LAST:
                return None
            found.append(Category(s.scheme, lo) if len(lo) == 3 else One(Code(s.scheme, f"{lo[:3]}.{lo[3:]}")))
        return found

    def _selectors(self, named: Sequence[Selector], scheme: Scheme) -> list[Selector]:
        asked: dict[Selector, None] = dict.fromkeys(named)
        for rule in self.rules:
            s = rule.standard
            coded = [selector for _, selector in s.codings] + ([s.otherwise] if s.otherwise else [])
            asked |= dict.fromkeys([*s.subject, *s.object, *s.unless, *s.across, *coded])
        if scheme is Scheme.OPCS4:
            asked |= dict.fromkeys(Chapter(scheme, letter) for letter in SUBSIDIARY)
        return [s for s in asked if s.scheme is scheme]

    def _cut(self, asked: Sequence[Selector]) -> None:
        """Cut the code keys wherever a selector begins or ends, and note which selectors cover each piece."""
        covered = [(span, n) for n, s in enumerate(asked) for span in spans(s, self._chapters)]
        self._ends = sorted({"A00", "[", *(end for span, _ in covered for end in span)})
        self._below = [0] * len(self._ends)
        for (lo, hi), n in covered:
            for i in range(bisect_left(self._ends, lo), bisect_left(self._ends, hi)):
                self._below[i] |= 1 << n

    def _profile(self, code: Code) -> Profile:
        """Everything that a rule or a combination can ask of a code."""
        told: list[object] = [self._below[bisect_right(self._ends, code.key) - 1]]
        for rule in self.rules:
            s = rule.standard
            if s.kind in _CHARACTERS:
                told.append(tuple(_characters(slot.characters(code), s) for slot in rule.subject))
            elif s.kind in _TITLES:
                title = self._title(code)
                told.append(None if title is None else has_word(title, s.words))
                told.append(stated_values(title, s, self._stated) if s.facet else ())
        return tuple(told)

    def _further(self, found: dict[Profile, list[Code]], about: Callable[[Code], Sequence[Rule]]) -> list[Rule]:
        """Rules not looked at yet that speak of every code of some kind. A code of which no further rule speaks is put
        first in each kind: it can do what the others of its kind can.
        """
        held = set(map(id, self.rules))
        more: dict[int, Rule] = {}
        for codes in found.values():
            least: list[Rule] | None = None
            for n, code in enumerate(codes[:_SHARED]):
                others = [rule for rule in about(code) if id(rule) not in held]
                if least is None or len(others) < len(least):
                    least = others
                    codes.insert(0, codes.pop(n))
                if not others:
                    break
            more |= {id(rule): rule for rule in least or ()}
        return list(more.values())


def _characters(text: str, s: Standard) -> bool:
    """Whether a code's characters break a rule on them."""
    place, character = s.character or (0, "")
    return len(text) < (s.figure or 0) or bool(place and text[place - 1 : place] == character)


def _samples(lo: str, hi: str, scheme: Scheme, *, whole: bool) -> Iterator[Code]:
    """Codes of the right shape from `lo` up to before `hi`: the first of each length; with `whole` all of the first
    two categories. A rule on characters looks at the fourth or fifth.
    """
    told: set[int] = set()
    for category in _categories(lo, hi):
        for key in keys_of(category, scheme):
            if lo <= key < hi and (whole or len(key) not in told):
                told.add(len(key))
                yield Code(scheme, key if len(key) == 3 else f"{key[:3]}.{key[3:]}")


def _categories(lo: str, hi: str) -> Iterator[str]:
    """The first categories that can have a code between two keys."""
    letter, figures = lo[0], (lo[1:3] + "00")[:2]
    if not ("A" <= letter <= "Z") or not figures.isdigit():
        return
    number = (ord(letter) - 65) * 100 + int(figures)
    for n in range(number, min(number + 3, 2600)):
        category = f"{chr(65 + n // 100)}{n % 100:02}"
        if category >= hi:
            return
        yield category


def keys_of(category: str, scheme: Scheme) -> Iterator[str]:
    """The keys of all codes that a category can have, in order."""
    if scheme is Scheme.OPCS4:
        yield from (f"{category}{n}" for n in range(10))
        return
    yield category
    for n in range(10):
        yield f"{category}{n}"
        yield from (f"{category}{n}{m}" for m in range(10))
