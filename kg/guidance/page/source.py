"""What reading one document needs at hand: the document, the guidance's id, the lexicons.

And the list of things to look at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType

from kg import resources
from kg.citation import Citation
from kg.codes import Chapter, Chapters, One, Scheme, Selector, may_lead, within
from kg.expression.condition import Condition
from kg.expression.recommendation import Side, Warning
from kg.facets import Lexicon
from kg.guidance.page.document import Document
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import Spot, selector_of


@cache
def load_chapters() -> Chapters:
    """The chapters of OPCS-4 with the letter O categories that continue a full one."""
    rows = [line.split(",") for line in resources.text("ontology/opcs4_overflow.csv").splitlines()[1:] if "," in line]
    return Chapters(MappingProxyType({row[0]: row[1].strip() for row in rows}))


# Said behind an operation alone though of a chapter of operations: the levels of spine, the stents put into a vessel.
_BEHIND = ("V55", "L76", "L89", "O20")
_CLAUSE = 12  # letters of a clause that is a condition
_SAID = re.compile(
    r",?\s+(?:then\s+)?(?:they|these|those|this|it|both|the (?:following|next|codes?)(?: codes?| below| two)?)"
    r"\s+(?:must|should|shall|are|is)\s+(?:also\s+|always\s+|then\s+)?(?:to\s+)?be\s+(?:coded|recorded|assigned|added|used)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _leads(selector: Selector) -> bool:
    return may_lead(selector, load_chapters()) and not str(selector).startswith(_BEHIND)


@lru_cache(maxsize=16384)
def _same_codes(a: Selector, b: Selector) -> bool:
    return within(a, [b], load_chapters()) or within(b, [a], load_chapters())


@dataclass(slots=True)
class Source:
    """A document being read. `warnings` grows while it is; `review` says that one of them asks for a person.

    `titles` are those found behind codes so far (kg.guidance.parts.items), each with the place where it ends; `sides`
    those that were told of codes (kg.guidance.parts.sides), under a heading of a side.
    """

    document: Document
    guidance: str
    phrases: Phrases
    lexicon: Lexicon
    warnings: list[Warning] = field(default_factory=list)
    review: bool = False
    title: str = ""
    titles: dict[tuple[str, int, int], tuple[str, int]] = field(default_factory=dict)
    sides: dict[tuple[str, int, Side], Side] = field(default_factory=dict)

    def cite(self, stretch: Stretch, start: int = 0, end: int | None = None) -> Citation:
        """The citation of characters of a stretch."""
        return self.document.citation(self.guidance, *stretch.span(start, end))

    def warn(
        self, id: str, message: str, stretch: Stretch, start: int = 0, end: int | None = None, *, review: bool = True
    ) -> None:
        """Note something to look at, once for one place."""
        self.note(id, message, *stretch.span(start, end), review=review)

    def note(self, id: str, message: str, start: int, end: int, *, review: bool = True) -> None:
        """Note something to look at, at characters of the document."""
        warning = Warning(id, message, start, end)
        if warning not in self.warnings:
            self.warnings.append(warning)
        self.review = self.review or review

    def asked(self) -> tuple[int, bool]:
        """How much was noted so far, for `withdraw`."""
        return len(self.warnings), self.review

    def withdraw(self, asked: tuple[int, bool], message: str) -> None:
        """Take back what was noted since, where it is this message alone: what was open has been decided."""
        if [w.message for w in self.warnings[asked[0] :]] == [message]:
            del self.warnings[asked[0] :]
            self.review = asked[1]

    def unclear(self, stretch: Stretch, why: str = "") -> None:
        """Report words that were not understood."""
        shown = stretch.text if len(stretch.text) <= 90 else f"{stretch.text[:87]}..."
        self.warn("KG-W0201", f'not understood{f" ({why})" if why else ""}: "{shown}"', stretch)

    def selector(self, spot: Spot, scheme: Scheme, stretch: Stretch) -> Selector | None:
        """The selector of a printed code; one that the classification cannot have is reported."""
        found = selector_of(spot, scheme)
        if found is None:
            message = f'"{spot.printed}" is not an {scheme.value} code'
            self.warn("KG-W0208", message, stretch, spot.start, spot.end)
        return found

    def leads(self, selector: Selector) -> bool:
        """Whether a code of the selector may stand first."""
        return _leads(selector)

    def is_operation(self, selector: Selector) -> bool:
        """Whether a code may stand first and, as a rule, alone: not imaging (chapter U) nor what else is done (X)."""
        return _leads(selector) and str(selector)[0] not in "UX"

    def same_codes(self, a: Selector, b: Selector) -> bool:
        """Whether one of two selectors covers the other."""
        if isinstance(a, One) and isinstance(b, One):  # most are, and a document may ask it of each pair
            one, other = a.code.key, b.code.key
            return a.scheme is b.scheme and (one.startswith(other) or other.startswith(one))
        return _same_codes(a, b)

    def says_same(self, line: Selector, said: Selector) -> bool:
        """Whether a line repeats what a sentence has said: the side operated on is no site of "a site code"."""
        side = isinstance(said, Chapter) and str(line).startswith("Z94")
        return not side and self.same_codes(line, said)

    def condition(self, words: Stretch) -> Condition:
        """The condition of these words, without what they go on to say of its codes ("they should be coded too")."""
        if (said := _SAID.search(words.text)) is not None and said.start() >= _CLAUSE:
            words = words.part(0, said.start())
        return self.lexicon.condition(words.text, self.cite(words) if words.text else None)
