"""A recommendation as the bytes of a document: the one function that the room is for."""

from __future__ import annotations

import random
from enum import StrEnum
from importlib import import_module

from kg.expression.recommendation import Recommendation
from kg.rendering.layout import page_of
from kg.rendering.page import Page
from kg.rendering.telling import Titles
from kg.rendering.wordings import Style, Wordings


class Form(StrEnum):
    """The formats that are written; each is a module of `kg.rendering.writers`, imported when it is used."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"

    @property
    def suffix(self) -> str:
        """The ending of files of this format."""
        return {Form.TEXT: ".txt", Form.MARKDOWN: ".md"}.get(self, f".{self.value}")


def render_page(r: Recommendation, style: Style, titles: Titles = lambda _: "", seed: int | None = None) -> Page:
    """The page of a recommendation in a layout.

    `titles` gives the title of a selector that carries none. With `seed` the wordings and constructs vary; without it
    the usual ones are taken.

    Raises:
        KgError: KG-E0307 for what the layout cannot say.
    """
    return page_of(r, Wordings(style, None if seed is None else random.Random(seed)), titles)  # noqa: S311


def write_page(page: Page, form: Form) -> bytes:
    """A page in a format; the same bytes each time.

    Raises:
        KgError: KG-E0104 (a library of the extra `documents` is missing), KG-E0704 (a character that it cannot hold).
    """
    return import_module(f"kg.rendering.writers.{form.value}").write(page)
