"""Codes for the parts of one device, which are put in together."""

from __future__ import annotations

from kg.codes import Selector
from kg.guidance.page.source import Source
from kg.guidance.page.titles import titles_of


def are_of_one_device(one: Selector, other: Selector, source: Source) -> bool:
    """Whether two codes of a category are for putting in a device and a part of it (a neurostimulator, its electrodes).

    They are told by their titles; each has its own code, so that a record of both has both.
    """
    if str(one)[:3] != str(other)[:3]:
        return False
    titles = [title for selector in (one, other) for title in titles_of(selector)]
    placed = all(source.phrases.opens("device.placed", title) for title in titles)
    parts = [source.phrases.find("device.part", title) is not None for title in titles]
    return placed and sorted(parts) == [False, True]
