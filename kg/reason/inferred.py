"""What was inferred of a care event, with its ground."""

from __future__ import annotations

from dataclasses import dataclass

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Inferred:
    """A fact that something of a record says. `source` is the code or the concept's id, `words` its title or term.

    `firm`: a code or concept is for saying it; the words of an operation's title yield to these. `unused` tells why it
    decides nothing, where it does not.
    """

    facet: str
    value: str
    source: str
    words: str = ""
    firm: bool = True
    unused: str = ""

    @property
    def fact(self) -> Fact:
        """Facet and value."""
        return self.facet, self.value

    @property
    def sentence(self) -> str:
        """What it says, and from what."""
        title = f" ({self.words})" if self.words else ""
        used = f"; not used: {self.unused}" if self.unused else ""
        return f"Inferred: {self.facet}={self.value}, from {self.source}{title}{used}."
