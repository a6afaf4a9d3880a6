"""Which media type to answer with, from the Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kg.errors import KgError

HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Range:
    """A media range that a client accepts, and how much it likes it."""

    type: str
    subtype: str
    quality: float

    def fits(self, media: str) -> int:
        """How exactly it names a media type: 3 the type itself, 2 its kind, 1 anything, 0 not at all."""
        kind, _, name = media.partition("/")
        if (self.type, self.subtype) == (kind, name):
            return 3
        if self.type == kind and self.subtype == "*":
            return 2
        return 1 if (self.type, self.subtype) == ("*", "*") else 0


def ranges(accept: str) -> list[Range]:
    """The media ranges of an Accept header; one that cannot be read is passed over."""
    found: list[Range] = []
    for part in accept.split(",")[:100]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        kind, slash, subtype = name.lower().partition("/")
        if not (kind and slash and subtype) or (kind == "*" and subtype != "*"):
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = min(1.0, max(0.0, float(value)))
                except ValueError:
                    quality = 0.0
                break
        found.append(Range(kind, subtype, quality))
    return found


def quality(media: str, accepted: Sequence[Range]) -> float:
    """How much a client likes a media type: by the range that names it most exactly."""
    fitting = [(one.fits(media), one.quality) for one in accepted if one.fits(media)]
    return max(fitting)[1] if fitting else 0.0


def wants_page(accept: str | None) -> bool:
    """Whether a client is a browser: it names HTML, and likes nothing of ours better."""
    if not accept:
        return False
    named = [one for one in ranges(accept) if one.fits(HTML) == 3]
    others = ("application/json", "application/problem+json", "text/turtle", "application/sparql-results+json")
    return bool(named) and named[0].quality >= max(quality(media, ranges(accept)) for media in others)


def best(accept: str | None, offered: Sequence[str], synonyms: dict[str, str] | None = None) -> str:
    """The offered media type that a client likes best; of equal ones the first. Without a wish, the first.

    `synonyms` are names that clients use for an offered type: they count where they are named themselves, since what
    is sent has the type's own name, and that may be refused or outside of a range (`application/*`).

    >>> best("text/csv;q=0.5, */*;q=0.1", ["application/json", "text/csv"])
    'text/csv'

    Raises:
        KgError: KG-E1108, where it accepts none.
    """
    accepted = ranges(accept) if accept and accept.strip() else []
    if not accepted and not (accept and accept.strip()):
        return offered[0]
    named = {f"{one.type}/{one.subtype}": quality(f"{one.type}/{one.subtype}", accepted) for one in accepted}

    def liking(media: str) -> float:
        also = (named.get(other, 0.0) for other, told in (synonyms or {}).items() if told == media)
        own = quality(media, accepted)
        return own if media in named else max(own, *also, 0.0)

    liked, _, media = max((liking(media), -i, media) for i, media in enumerate(offered))
    if liked <= 0:
        raise KgError(
            "KG-E1108",
            "none of the media types that are accepted can be given",
            why=f"Accept was: {(accept or '')[:200]}",
            hint=f"There are: {', '.join(offered)}",
        )
    return media
