"""A page as Markdown: headings, bold codes and notes; what would be mark-up is escaped."""

from __future__ import annotations

import re

from kg.rendering.page import Block, Kind, Page

# A figure and a point at the beginning of a line would be a numbered list.
_MARKUP = re.compile(r"[\\`*_\[\]<>#]|^[-+](?=\s)|(?<=^\d)[.)](?=\s)|(?<=^\d\d)[.)](?=\s)")


def write(page: Page) -> bytes:
    """The Markdown of a page, UTF-8."""
    return ("\n\n".join(_line(block) for block in page.blocks) + "\n").encode("utf-8")


def _line(block: Block) -> str:
    text = _MARKUP.sub(r"\\\g<0>", block.text)
    match block.kind:
        case Kind.TITLE | Kind.HEADING:
            return f"{'#' * block.level} {text}"
        case Kind.CODE:
            return f"**{text}**"
        case Kind.NOTE if text.startswith("Note:"):
            return f"**Note:**{text.removeprefix('Note:')}"
        case _:
            return text
