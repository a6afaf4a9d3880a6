"""The account of printed codes: each stands in the reading, in words known to have no effect, or in a question.

It asks nothing of the rules by which lines and sentences are read. A code that a line lists has to be picked up from
its very place; one that a sentence names may be said again of a code that is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.citation import Citation
from kg.codes import Chapter, One, Scheme, Selector
from kg.expression.nodes import Expression, picks
from kg.guidance.page.document import Document
from kg.guidance.page.layout import Layout
from kg.guidance.page.paragraph import Paragraph, begins_with_item, is_includes
from kg.guidance.page.prose import fold
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.parts.either import CHOICE_OVER
from kg.guidance.parts.joints import brackets
from kg.guidance.parts.leads import CODE_FROM
from kg.guidance.parts.lines import is_item
from kg.guidance.parts.named import references
from kg.guidance.sentences.clauses import is_in_brackets

# What opens words in brackets that only refer to another code.
_SEE = re.compile(
    r"\((?:see also|see)\b|(?<=\w )\(excl(?:udes?|uding)?\b"  # behind a title
    r"|\([^()]*, see (?:also )?(?:the )?(?:guidance|NICE|IPG|MTG|HTG)",
    re.IGNORECASE,
)


def report_left_out(document: Document, source: Source) -> None:
    """Report codes in what the format's reader took for a header, a footer or navigation."""
    for line in document.left_out:
        stretch = fold(document.text, line.start, line.end)
        for spot in spots(stretch.text):
            if spot.kind in {"code", "category", "range"}:
                source.warn("KG-W0213", f'"{spot.printed}" stands in it', stretch, spot.start, spot.end)


def report_unused(parts: Layout, source: Source, sides: Sequence[Expression | None]) -> None:
    """Report printed codes that no combination uses and no sentence explains.

    And codes outside the coding part's sections.
    """
    own = [pick for e in sides for pick in picks(e)]
    used = [pick.selector for pick in own]
    places = [(p.citation.start, p.citation.end) for p in own if isinstance(p.citation, Citation)]
    told = [(w.start, w.end) for w in source.warnings]
    for section in parts.sections:
        excluding = False
        for line in section.lines:
            about = references(line.text, source.phrases)
            inside = [at for at in brackets(line.text) if is_includes(line.text) or _SEE.match(line.text, at[0])]
            behind = excluding and all(is_in_brackets(line.text, spot) for spot in spots(line.text))
            excluding = behind or re.match(r"excl", line.text, re.IGNORECASE) is not None
            if excluding:
                continue
            for spot in spots(line.text):
                if any(a <= spot.start < b for a, b in inside):
                    continue
                start, end = line.stretch.span(spot.start, spot.end)
                if any(a <= start and end <= b for a, b in told) or any(a <= spot.start < b for a, b in about):
                    continue
                if any(a <= start and end <= b for a, b in places):
                    continue
                said = _is_said_of(spot, line, used, source)
                wide = spot.kind != "code" and (CODE_FROM.match(line.text) or spot.end >= len(line.text.rstrip(" :.")))
                wide = wide or CHOICE_OVER.fullmatch(line.text)
                if spot.start == 0 and is_item(line.stretch, source.phrases) and not (wide and said):
                    what = f'"{spot.printed}" stands at the head of a line that was read as something else'
                    source.warn("KG-W0206", what, line.stretch, spot.start, spot.end)
                elif not said:
                    source.warn(
                        "KG-W0206", f'"{spot.printed}" is in no combination', line.stretch, spot.start, spot.end
                    )
    for line in parts.preamble:
        for spot in spots(line.text)[:1]:
            source.warn("KG-W0201", "a code before the coding part", line.stretch, spot.start, spot.end)
    for line in parts.closing:
        if begins_with_item(line.text) and source.phrases.verb(line.text) is None:
            source.warn("KG-W0201", "a line of a code behind the coding part", line.stretch)


def report_denied(parts: Layout, source: Source, sides: Sequence[Expression | None]) -> None:
    """Ask where a code of a category, range or chapter that is read whole is said not to be used: no expression says
    that it is left out.
    """
    used = {pick.selector for e in sides for pick in picks(e)}
    wide = [x for x in used if not isinstance(x, One)]
    for line in (line for section in parts.sections for line in section.lines if wide):
        at = 0
        for stop in [*(m.end() for m in _CLAUSE.finditer(line.text)), len(line.text)]:
            words, begin, at = line.text[at:stop], at, stop
            own = [(s, x) for s in spots(words) for scheme in Scheme if (x := selector_of(s, scheme)) is not None]
            told = _NOT_NAMED.sub(" ", _OF_CASE.sub(" ", words))
            if not own and _KINDS.search(words) and _DENIES.search(told):
                what = "codes of a kind are said not to be used, and what is listed is read whole"
                source.warn("KG-W0202", what, line.stretch, begin, stop)
            held = [s for s, x in own if x not in used and any(x != w and source.same_codes(x, w) for w in wide)]
            if held and _DENIES.search(_OF_DETAIL.sub(" ", told)) and not references(words, source.phrases):
                what = f'"{held[0].printed}" is said not to be used, and the codes it is among are read whole'
                source.warn("KG-W0202", what, line.stretch, begin + held[0].start, begin + held[0].end)


_CLAUSE = re.compile(r"(?<=[a-z)])(?<!\bexcl)[.;](?=\s)|[()]", re.IGNORECASE)
_KINDS = re.compile(
    r"\b(?:unspecified|residual)\b.*\bcodes?\b|\bcodes? (?:that end|ending) (?:in|with)\b", re.IGNORECASE
)
_DENIES = re.compile(
    r"\b(?:exclud\w*|excl|except\w*|other than|apart from|but for|save|bar|barring|minus|less|omit\w*|avoid\w*"
    r"|refrain\w*|not|never|cannot|no longer|unaccept\w*|wrong\w*|inappropriate\w*|invalid|forbidden|inadmissible"
    r"|left o(?:ff|ut))\b"
    r"|\b(?:all|any|every|each)\b.*\bbut\b",
    re.IGNORECASE,
)
# A case ("if it is not stated") and a detail that is not known deny no code.
_OF_CASE = re.compile(
    r"\b(?:if|when|whenever|where|wherever|unless|that|which|as|since|because|for|should (?:the|an?|no))\b[^,.;:()]*",
    re.IGNORECASE,
)
# Nor does what a classification did not have.
_NOT_NAMED = re.compile(
    r"\b(?:classifications?|editions?|versions?|releases?|opcs\S*|icd\S*) (?:do|does|did) not (?:yet )?"
    r"(?:name|have|list|hold|provide|know|contain|offer|distinguish|mention|describe|identify)\b"
    r"|\b(?:did not (?:yet )?exist|had not (?:yet )?been introduced)\b",
    re.IGNORECASE,
)
_OF_DETAIL = re.compile(
    r"\b[a-z]{2,} (?:is|are|was|were|has been|have been) not (?:\w+ly )?\w+"
    r"|\bnot (?:otherwise|elsewhere|fully|further)\b"
)


_SITES = re.compile(
    r"(?:(?:and|plus|with) )?(?:(?:an?|one of|one from) )?(?:the |these )?(?:[a-z]+ )?site codes?[ .]*", re.IGNORECASE
)  # over them, or behind "and"


def _is_said_of(spot: Spot, line: Paragraph, used: Sequence[Selector], source: Source) -> bool:
    """Whether a code stands in the words of a sentence about a code that is read, or of one of its category or range.

    A chapter that is read explains no code of it but one in brackets, which is an example.
    """
    read = [x for scheme in Scheme if (x := selector_of(spot, scheme)) is not None]
    if spot.kind != "chapter":
        known = used if is_in_brackets(line.text, spot) else [u for u in used if not isinstance(u, Chapter)]
        return any(source.same_codes(x, u) for x in read for u in known)
    alone = _SITES.fullmatch(line.text) is not None
    asks = line.text.endswith(":") or alone or CODE_FROM.match(line.text) is not None
    over = asks and any(source.same_codes(x, u) for x in read for u in used)
    said = source.phrases.verb(line.text) is None and not over
    return not said or any(x == u for x in read for u in used)
