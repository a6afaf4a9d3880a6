"""One-to-one matching of selectors to entries of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kg.codes import Chapters, Code, Selector, covers


class Matching(NamedTuple):
    """A largest assignment: `pairs` holds (index of a selector, index of its entry) in order of the selectors;
    `missing` the indexes of selectors that have no entry.
    """

    pairs: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every selector has an entry of its own."""
        return not self.missing


def match(selectors: Sequence[Selector], codes: Sequence[Code], chapters: Chapters) -> Matching:
    """Assign as many selectors as possible an entry of their own at or below them.

    Of several largest assignments one that uses the earliest entries is returned, so that the answer does not depend on
    accident. Augmenting paths: O(entries x edges).

    >>> from kg.codes import Scheme, parse_selector
    >>> codes = [Code.parse(t, Scheme.OPCS4) for t in ("J12.3", "Y53.4")]
    >>> match([parse_selector("Y53", Scheme.OPCS4)], codes, Chapters())
    Matching(pairs=((0, 1),), missing=())
    """
    return match_fits([[j for j, code in enumerate(codes) if covers(s, code, chapters)] for s in selectors], len(codes))


def match_fits(fits: Sequence[Sequence[int]], entries: int) -> Matching:
    """The same where the entries that fit each selector are known, in order; `entries` is the number of all."""
    every = [j for fitting in fits for j in fitting]
    if len(set(every)) == len(every):  # no two selectors compete: each takes its earliest
        pairs = tuple([(i, fitting[0]) for i, fitting in enumerate(fits) if fitting])
        return Matching(pairs, () if len(pairs) == len(fits) else tuple([i for i, f in enumerate(fits) if not f]))
    wants: list[list[int]] = [[] for _ in range(entries)]
    for i, fitting in enumerate(fits):
        for j in fitting:
            wants[j].append(i)
    holder: dict[int, int] = {}  # selector -> entry
    # Entries in order: the entries that can be matched together form a matroid, so that taking each as it comes
    # gives the earliest of all largest sets of entries.
    for entry in range(entries):
        if wants[entry]:
            if (first := wants[entry][0]) not in holder:
                holder[first] = entry  # as `augment` would, which most need not be asked
            else:
                augment(entry, wants, holder)
    pairs = tuple(sorted(holder.items()))
    return Matching(pairs, tuple(i for i in range(len(fits)) if i not in holder))


def augment(one: int, wants: Sequence[Sequence[int]], holder: dict[int, int]) -> bool:
    """Give `one` a partner among `wants[one]`, moving others along an augmenting path (Kuhn 1955); False if none is.

    `holder` maps each partner that is taken to who has it, and is changed; a partner once taken stays taken.
    """
    seen: set[int] = set()

    def place(i: int) -> bool:
        for partner in wants[i]:
            if partner not in seen:
                seen.add(partner)
                if partner not in holder or place(holder[partner]):
                    holder[partner] = i
                    return True
        return False

    return place(one)
