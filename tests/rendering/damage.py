"""Damage that documents come with: line breaks, dashes, quotes, blanks, footers, misread and lost letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from string import ascii_uppercase, digits
from textwrap import wrap
from types import MappingProxyType

Damage = Callable[[str, Random], str]

_DASHES = "-\u2010\u2011\u2013\u2014\u2212"
_MISREAD = MappingProxyType(
    {
        "0": "O", "O": "0", "1": "lI", "l": "1I", "I": "1l", "5": "S", "S": "5", "8": "B", "B": "8", ".": ",", ",": ".",
        "e": "c", "c": "e", "i": "l", "f": "t", "t": "f", "h": "b", "n": "u", "u": "n", "a": "o", "o": "a", "r": "n",
    }
)  # fmt: skip


def lost_break(text: str, chance: Random) -> str:
    """One line break gone: two paragraphs run on as lines, or into one line."""
    breaks = [m.start() for m in re.finditer(r"\n\n", text.rstrip("\n"))]
    if not breaks:
        return text
    at = chance.choice(breaks)
    return text[:at] + chance.choice(("\n", "\n", " ")) + text[at + 2 :]


def no_empty_lines(text: str, chance: Random) -> str:
    """Every line under the other, as copied from a page."""
    del chance
    return text.replace("\n\n", "\n")


def wrapped(text: str, chance: Random) -> str:
    """Long lines parted, as a converter parts them."""
    width = chance.choice((40, 60, 72, 88))
    return "\n".join("\n".join(wrap(line, width, break_on_hyphens=False) or [""]) for line in text.split("\n"))


def dashes(text: str, chance: Random) -> str:
    """Another dash in place of each hyphen."""
    return text.replace("-", chance.choice(_DASHES))


def quotes(text: str, chance: Random) -> str:
    """Other quotes, or one of them lost."""
    if chance.random() < 0.3 and "\u2018" in text:
        places = [m.start() for m in re.finditer("[\u2018\u2019]", text)]
        at = chance.choice(places)
        return text[:at] + text[at + 1 :]
    opened, closed = chance.choice((("'", "'"), ('"', '"'), ("\u201c", "\u201d")))
    return text.replace("\u2018", opened).replace("\u2019", closed)


def blanks(text: str, chance: Random) -> str:
    """Non-breaking, double or thin blanks; soft hyphens."""
    kind = chance.choice(("\u00a0", "  ", "\u2009", "\t"))
    made = "".join(kind if c == " " and chance.random() < 0.3 else c for c in text)
    return re.sub(r"(?<=[a-z]{4})(?=[a-z]{4})", lambda _: "\u00ad" if chance.random() < 0.05 else "", made)


def footers(text: str, chance: Random) -> str:
    """Page footers between paragraphs."""
    paragraphs = text.split("\n\n")
    made: list[str] = []
    for number, paragraph in enumerate(paragraphs, 1):
        made.append(paragraph)
        if number > 2 and chance.random() < 0.3:
            made.append(chance.choice((f"Page {number} of 9", f"{number}", f"IPG900     page {number}")))
    return "\n\n".join(made)


def spaced_codes(text: str, chance: Random) -> str:
    """Codes as they are printed badly: `J12. 8`, `J128`, glued to the title."""
    kind = chance.choice((r"\1. \2", r"\1 .\2", r"\1.\2 "))
    return re.sub(r"\b([A-Z]\d\d)\.(\d)\b", kind, text)


def misread(text: str, chance: Random) -> str:
    """One character misread, as by a scanner."""
    return _misread(text, chance, [i for i, c in enumerate(text) if c in _MISREAD])


def misread_code(text: str, chance: Random) -> str:
    """One character of a code misread."""
    places = [i for m in re.finditer(r"\b[A-Z]\d\d(?:\.[\d-])?", text) for i in range(*m.span())]
    return _misread(text, chance, [i for i in places if text[i] in _MISREAD])


def _misread(text: str, chance: Random, places: list[int]) -> str:
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + chance.choice(_MISREAD[text[at]]) + text[at + 1 :]


def lost_character(text: str, chance: Random) -> str:
    """One character gone."""
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :]


def doubled_character(text: str, chance: Random) -> str:
    """One character twice."""
    at = chance.randrange(len(text))
    return text[:at] + text[at] + text[at:]


def other_character(text: str, chance: Random) -> str:
    """One figure or letter of a code another one, so that it is the code of something else."""
    at = chance.choice(
        [i for m in re.finditer(r"\b[A-Z]\d\d(?:\.\d)?", text) for i in range(*m.span()) if text[i] != "."]
    )
    others = (ascii_uppercase if text[at].isalpha() else digits).replace(text[at], "")
    return text[:at] + chance.choice(others) + text[at + 1 :]


def bullets(text: str, chance: Random) -> str:
    """Lines of codes as items of a list."""
    mark = chance.choice(("\u2022 ", "- ", "* ", "\u00b7 "))
    return re.sub(r"(?m)^(?=[A-Z]\d\d[.-])", mark, text)


def bold(text: str, chance: Random) -> str:
    """Mark-up around codes and headings."""
    mark = chance.choice(("**", "__"))
    return re.sub(r"(?m)^([A-Z]\d\d.*|.*:)$", rf"{mark}\1{mark}", text)


DAMAGES: Mapping[str, Damage] = MappingProxyType(
    {
        damage.__name__.replace("_", " "): damage
        for damage in (
            lost_break, no_empty_lines, wrapped, dashes, quotes, blanks, footers, spaced_codes, misread, misread_code,
            lost_character, doubled_character, other_character, bullets, bold,
        )
    }
)  # fmt: skip
"""Every damage by name."""
