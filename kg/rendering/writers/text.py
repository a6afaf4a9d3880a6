"""A page as plain text: a paragraph a line, an empty line between them, UTF-8."""

from __future__ import annotations

from kg.rendering.page import Page


def write(page: Page) -> bytes:
    """The text of a page."""
    return ("\n\n".join(block.text for block in page.blocks) + "\n").encode("utf-8")
