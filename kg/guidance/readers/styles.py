"""What the styles and the numbering of a Word document say of its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kg.guidance.readers.numbering import Level, Lists

_OFF = {"0", "false", "off"}
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


def is_on(attributes: Mapping[str, str]) -> bool:
    """Whether a property that may be switched off is on."""
    return attributes.get("val", "true").lower() not in _OFF


def number(text: str | None, otherwise: int = 0) -> int:
    """The number that an attribute says, or another where it says none."""
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else otherwise


@dataclass(slots=True)
class Style:
    """What matters of a style; None and empty: nothing is said of it."""

    based_on: str = ""
    level: int = 0
    bold: bool | None = None
    list_id: str = ""
    depth: int = 0


class Styles:
    """The styles by id."""

    heard = frozenset({"style", "name", "basedOn", "outlineLvl", "b", "numId", "ilvl"})
    skipped = frozenset({"latentStyles", "tblStylePr"})

    def __init__(self) -> None:
        self.styles: dict[str, Style] = {}
        self.default = ""
        self.now = Style()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note what matters of a style."""
        value = attributes.get("val", "")
        match tag:
            case "style":
                self.now = self.styles[attributes.get("styleId", "")] = Style()
                if attributes.get("type") == "paragraph" and number(attributes.get("default")):
                    self.default = attributes.get("styleId", "")
            case "name":
                heading = _HEADING.fullmatch(value)
                self.now.level = int(heading[1]) if heading else 1 if value.lower() == "title" else self.now.level
            case "basedOn":
                self.now.based_on = value
            case "outlineLvl":
                depth = number(value, 9)
                self.now.level = self.now.level or (depth + 1 if depth < 9 else 0)
            case "b":
                self.now.bold = is_on(attributes)
            case "numId":
                self.now.list_id = value
            case "ilvl":
                self.now.depth = number(value)
            case _:
                pass

    def end(self, tag: str) -> None:
        """Nothing to do."""

    def text(self, data: str) -> None:
        """Nothing to do."""

    def of(self, id: str) -> Style:
        """A style with what it inherits."""
        found, seen = Style(), set[str]()
        while id and id not in seen and (style := self.styles.get(id)):
            seen.add(id)
            found.level = found.level or min(style.level, 6)
            found.bold = style.bold if found.bold is None else found.bold
            if style.list_id and not found.list_id:
                found.list_id, found.depth = style.list_id, style.depth
            id = style.based_on
        return found


class Numbering:
    """The definitions of lists."""

    heard = frozenset({"abstractNum", "lvl", "start", "numFmt", "lvlText", "num", "abstractNumId", "startOverride"})
    skipped: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.abstract: dict[str, dict[int, Level]] = {}
        self.of: dict[str, str] = {}
        self.restarts: set[str] = set()
        self.levels: dict[int, Level] = {}
        self.depth = 0
        self.id = ""
        self.inside = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note what matters of a list."""
        value = attributes.get("val", "")
        level = self.levels.get(self.depth, Level())
        match tag:
            case "abstractNum":
                self.inside = True
                self.levels = self.abstract[attributes.get("abstractNumId", "")] = {}
            case "lvl" if self.inside:
                self.depth = number(attributes.get("ilvl"))
                self.levels[self.depth] = Level()
            case "start" if self.inside:
                self.levels[self.depth] = Level(level.form, level.text, number(value, 1))
            case "numFmt" if self.inside:
                self.levels[self.depth] = Level(value, level.text, level.start)
            case "lvlText" if self.inside:
                self.levels[self.depth] = Level(level.form, value, level.start)
            case "num":
                self.inside = False
                self.id = attributes.get("numId", "")
            case "abstractNumId":
                self.of[self.id] = value
            case "startOverride":
                self.restarts.add(self.id)
            case _:
                pass

    def end(self, tag: str) -> None:
        """Nothing to do."""

    def text(self, data: str) -> None:
        """Nothing to do."""

    def lists(self) -> Lists:
        """The lists by number id. Those of one definition count together, unless one starts anew."""
        levels = {id: self.abstract.get(abstract, {}) for id, abstract in self.of.items()}
        shares = {id: f"abstract {abstract}" for id, abstract in self.of.items() if id not in self.restarts}
        return Lists(levels, shares=shares)
