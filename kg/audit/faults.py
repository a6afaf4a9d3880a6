"""What is wrong with an episode, as verdicts of an audit have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong with an episode: the selectors that are missing and the rules that are broken, as verdicts have
    them.
    """

    missing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


Repairs = Mapping[tuple[str, Fault], str]
"""The words of the repair of an error, by guidance and error."""
