"""The page that a recommendation is told on, before it is text, Markdown, HTML, DOCX or PDF."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a block is."""

    TITLE = "title"
    HEADING = "heading"
    VARIANT = "variant"  # the heading of an alternative
    LEAD = "lead"  # a sentence over a list
    CODE = "code"  # a line of a list
    CONNECTIVE = "connective"  # Or, Plus on a line of its own
    CONCEPT = "concept"
    NOTE = "note"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph or line. `level` is that of a heading (1 for the title)."""

    kind: Kind
    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The blocks of a document, its title first."""

    id: str
    title: str
    blocks: tuple[Block, ...]
