"""Words by their first letters, so that endings do not matter where two texts are held against each other."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache


def stems(*texts: str, letters: int, least: int = 4, but: Collection[str] = ()) -> frozenset[str]:
    """The first letters of the words of some texts; words of fewer than `least` letters and those of `but` are left
    out.
    """
    words = (w for text in texts for w in _words(text, least))
    return frozenset(w[:letters] for w in words if w not in but)


@lru_cache(maxsize=4096)
def _words(text: str, least: int) -> tuple[str, ...]:
    return tuple(re.findall(rf"[a-z]{{{least},}}", text.lower()))
