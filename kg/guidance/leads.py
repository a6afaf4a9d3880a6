"""What stands over a list: lead-ins, which say how much of it is taken, and headings of variants."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.codes import Selector
from kg.guidance.phrases import Phrases
from kg.guidance.prose import Stretch


@dataclass(frozen=True, slots=True)
class Lead:
    """A sentence that opens a list: the choice that it asks for.

    And whether its list is optional or goes with all before.
    """

    stretch: Stretch
    one: bool = False
    optional: bool = False
    plus: bool = False
    each: bool = False
    any: bool = False
    single: bool = False
    named: tuple[Selector, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a variant. `conditional`: it says if or when; `adds`: it says in addition."""

    stretch: Stretch
    conditional: bool = False
    adds: bool = False
    run_in: bool = False


def is_lead(text: str, phrases: Phrases) -> bool:
    """Whether a line over a list is a lead-in rather than the heading of a variant."""
    if phrases.opens("head.only-if", text) and not phrases.find("lead.glued", text):
        return False
    return phrases.find("lead", text) is not None or phrases.find("lead.one", text) is not None


def lead_of(stretch: Stretch, phrases: Phrases) -> Lead:
    """What a lead-in asks of its list."""
    text = stretch.text
    back = phrases.find("lead.refers-back", text) is not None
    one = phrases.find("lead.one", text) is not None and not phrases.find("lead.all", text)
    if back and one:
        cut = phrases.patterns["lead.refers-back"].sub(" ", text)
        one = phrases.find("lead.one", cut) is not None
    plus = phrases.find("lead.plus", text) is not None or back
    single = re.search(
        r"\bcode\b(?!\s*\(s\)|\s+combination|\s+set)", text, re.IGNORECASE
    ) is not None and not re.search(r"\bcodes\b", text)
    return Lead(
        stretch, one, phrases.find("lead.optional", text) is not None, plus, plus and not one and "for what" in text,
        phrases.find("lead.any", text) is not None, single,
    )  # fmt: skip


def head_of(stretch: Stretch, phrases: Phrases, *, run_in: bool = False) -> Head:
    """The heading of a variant."""
    text = stretch.text
    return Head(
        stretch.part(0, len(text.rstrip(" :"))),
        phrases.opens("head.only-if", text) is not None,
        phrases.find("head.adds", text) is not None,
        run_in,
    )


def subject_of(text: str, phrases: Phrases) -> int | None:
    """Where the subject of a heading like "X is represented by:" ends; None for other headings."""
    found = phrases.find("lead.subject", text)
    if found is None or not text.endswith(":"):
        return None
    subject = text[: found.start()].strip()
    if (
        not subject
        or phrases.whole("lead.bare-subject", subject)
        or phrases.find("lead", subject)
        or len(subject.split()) > 10
    ):
        return None
    rest = text[found.end() :].strip(" :")
    return found.start() if not rest or phrases.find("lead", rest) is not None else None
