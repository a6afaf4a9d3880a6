"""The documents that wait for a person."""

from __future__ import annotations

from kg.serve.pages.asking import Asking
from kg.serve.pages.request import Page, Reply, Request

_PAGE = 20


async def waiting(asking: Asking, asked: Request) -> Reply:
    """`/review`: each document with its warnings and their places."""
    offset = asked.number("from", 0)
    told = await asking.api("waiting", offset=offset, limit=_PAGE)
    return Page("review.html", {"told": told, "offset": offset, "page_size": _PAGE})
