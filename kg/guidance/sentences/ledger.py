"""The account of a sentence: which of its words no constituent that was read explains.

An independent check of the reader. It does not ask what a sentence means; it takes away what is known to have been used
(codes with their titles, the words of conditions, the phrases of recording) and looks at what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kg.citation import Citation
from kg.codes import One, Range
from kg.expression.nodes import Expression, OneOf, Optional, Pick, Unnamed, When, walk
from kg.guidance.page.behind import title_before
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.aside import tells_unknown
from kg.guidance.parts.joints import TELLS, brackets
from kg.guidance.parts.named import references
from kg.guidance.parts.titled import end_of_title
from kg.guidance.sentences.reasons import reasons

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


# What a code is to show may be told in any words; so what a choice depends on, and what a category or chapter is for.
PURPOSE = re.compile(
    r"\b(?:naming|code(?:\(s\)|s)? for the|to (?:indicate|identify|show|reflect|give|state|name|tell|specify)"
    rf"|(?:(?:does|do) not )?{TELLS}(?: (?:exactly|precisely|just|in|on|at|from|to|by|into))?"
    r" (?:how|which|what|where|whether))"
    r"\s+(?:(?! and (?:is|are|belongs?|goes?|comes?|must|should|takes?|needs?)\b)[^.;:,])*",
    re.IGNORECASE,
)
_BIDS = re.compile(r"(?:add|record|assign|give|report|enter|include|allocate|append)\s+[a-z]", re.IGNORECASE)
_WHATEVER = re.compile(
    r"\b(?:whether or not|regardless of|irrespective of|no matter|whichever way)\b[^.;:]*"
    r"|(?<=, )whether [^.,;:]* or [^.;:]*",
    re.IGNORECASE,
)
_CHARACTER = re.compile(
    r"(?<=, )(?:the |its )?(?:fourth|fifth) (?:characters?|digits?|figures?) (?:telling|saying|showing|giving|naming"
    r"|being|depending|according)\b[^.;:]*"
    r"|\bwith (?:the|a) (?:fourth|fifth)[ -](?:characters?|digits?|figures?) [^.;:]*",
    re.IGNORECASE,
)
_LAST_FIGURE = re.compile(
    r"\b(?:choosing|using|taking|giving|with|and) (?:the )?\.\d (?:only |just )?(?:if|when|where) [^;:,]*",
    re.IGNORECASE,
)
_DEPENDS = re.compile(r"\b(?:according to|depend(?:ing|ent|s)? (?:up)?on)\s+[^.;:,]*", re.IGNORECASE)
_FOR_WHAT = re.compile(
    rf"\b(?:for|of|by|,|fitting|matching|suited to|counts?|{TELLS}) the\s+[^.;:,]*"
    r"|\b(?:add|attach|append|give|state|name|specify|enter|supply) the\s+"
    r"(?:(?! (?:if|when|where|unless|only|or|not|instead|may|can|except|for|in|with|on|any|an?|some|each|every|all"
    r"|both|other|another|second|repeat\w*)\b)[^.;:,])*",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def purposes(stretch: Stretch, phrases: Phrases, *, chosen: bool, wide: bool) -> tuple[tuple[int, int], ...]:
    """Where a sentence says why its codes are recorded, what they show and what a choice hangs on, up to the next code.

    `chosen`: there is a choice, of codes or inside one; `wide`: it names a category or chapter, which is for something.
    """
    found = reasons(stretch, phrases)
    for pattern in (
        PURPOSE,
        _WHATEVER,
        *([_CHARACTER] if wide else []),
        *([_DEPENDS] if chosen or wide else []),
        *([_FOR_WHAT, _LAST_FIGURE] if wide else []),
    ):
        at = 0
        while (free := pattern.search(stretch.text, at)) is not None:
            inside = brackets(free[0])  # what stands in brackets repeats or names the kinds
            named = [s for s in spots(free[0]) if not any(a <= s.start < b for a, b in inside)]
            first = min((s.start for s in named), default=len(free[0]))
            found.append(stretch.span(free.start(), free.start() + first))
            at = free.start() + (named[0].end if named else len(free[0]))
    return tuple(found)


# What is done, by way of example.
_EXAMPLE = re.compile(
    r",? \(?(?:for example|for instance|e\.g\.?),? "
    r"(?:(?!\b(?:if|when|where|only|codes?|or|unless)\b)[a-z -])+(?=[,;.)])",
    re.I,
)


def left_over(stretch: Stretch, used: Iterable[tuple[int, int]], source: Source) -> str:
    """The words of a sentence without codes, titles, quotations, phrases of recording and the places `used`.

    `#` stands for what was taken out, so that no phrase reaches across it.
    """
    text = stretch.text
    letters = list(text)

    def hide(start: int, end: int, sign: str = "#") -> None:
        letters[start:end] = sign * (end - start)

    for found in re.finditer(r"^(?:please\s+)?notes?\s*\d?\s*[:.-]|'[^']+'|\"[^\"]+\"", text, re.IGNORECASE):
        hide(found.start(), found.end())
    for start, end in references(text, source.phrases):
        hide(start, end, " ")
    named = spots(text)
    for i, spot in enumerate(named):
        end = named[i + 1].start if i + 1 < len(named) else len(text)
        title_end = end_of_title(stretch, spot, end, source) if spot.kind != "chapter" else spot.end
        hide(spot.start, max(spot.end, title_end))
        hide(*title_before(text, spot))
    for start, end in used:
        inside = [i for i, at in enumerate(stretch.offsets) if start <= at < end]
        if inside:
            hide(inside[0], inside[-1] + 1, "~")
    if not _WORD.search("".join(letters)):
        return ""  # a code with its title, and nothing else
    for begin, end in brackets(text):
        if tells_unknown(text[begin:end]):
            hide(begin, end)
    for found in _EXAMPLE.finditer("".join(letters)):
        hide(found.start(), found.end())
    plain = re.sub(
        r"(?:\b(?:only|solely|exclusively),?\s*)?~[~\s]*(?:\bonly\b)?", _blot, "".join(letters), flags=re.IGNORECASE
    )
    for found in list(source.phrases.all("neutral", plain)):
        plain = plain[: found.start()] + "#" * (found.end() - found.start()) + plain[found.end() :]
    return re.sub(r"[#\s]*#[#\s]*", " # ", plain).strip(" #.,;:")


def _blot(found: re.Match[str]) -> str:
    return "#" * len(found[0])


# What opens a circumstance ("with guidance by ultrasound"), and the article of one that may be or not ("for a child").
_CIRCUMSTANCE = re.compile(
    r"(?<!the )\b(?:(?:with|under|upon|during|without|via|through|throughout|on(?! the)|in|after|following)\s+(?!#)"
    r"(?!(?:the\s+)?codes?\W*(?:#|$))"
    r"(?:the\s+)?(?!the\b)[a-z-]{3,}"
    r"|for\s+(?:an?|any|all|each|every|those|such)\s+[a-z-]+|for\s+[a-z-]+s\b(?!'))[^#.,;:]*",
    re.IGNORECASE,
)

# What opens a sentence and is not so on every record ("For combined surgery the cataract is coded as well").
_OPENED = re.compile(
    r"(?:(?:please )?notes?: )?(?P<case>for (?!(?:the|this|that|these|its|their|both|either|which|whom)\b)"
    r"[a-z][a-z-]{2,} [a-z-]+)",
    re.IGNORECASE,
)


# What only explains the case that it stands behind: "Guided treatment, in which a scan leads the coil, has".
_EXPLAINED = re.compile(r", (?:in|by|for|with|during|at|through|of|on) (?:which|whom) [^,;:.]*(?=,)", re.IGNORECASE)


def is_shown(stretch: Stretch, nodes: Sequence[Expression], source: Source) -> bool:
    """Whether a sentence only says which place its site codes show ("the target in the brain is shown by")."""
    picked = [node for node in nodes if isinstance(node, Pick)]
    if not picked or not all(str(pick.selector).startswith("Z") for pick in picked):
        return False
    first = min((spot.start for spot in spots(stretch.text)), default=0)
    return source.phrases.find("shows", stretch.text[:first]) is not None


def doubt_of(
    stretch: Stretch, made: Sequence[Expression], used: Sequence[Stretch], source: Source, *, other: bool
) -> str:
    """The first words of a sentence which say more than was read as `made`; empty where there are none.

    `other`: it was read as offering codes in place of others.
    """
    nodes = [node for e in made for node in walk(e)]
    places = [words.span() for words in used]
    for node in nodes:
        cite = node.condition.citation if isinstance(node, When) else None
        cite = node.citation if isinstance(node, Unnamed) else cite
        if isinstance(cite, Citation):
            places.append((cite.start, cite.end))
    picked = [node.selector for node in nodes if isinstance(node, Pick)]
    wide = any(not isinstance(selector, One) for selector in picked)
    chosen = any(isinstance(node, OneOf) for node in nodes) or not picked
    free = any(isinstance(node, Optional | When) for node in nodes)
    places = [*(p for p in places if p != stretch.span()), *purposes(stretch, source.phrases, chosen=chosen, wide=wide)]
    if free:
        places += [stretch.span(*said.span()) for said in _EXPLAINED.finditer(stretch.text) if not spots(said[0])]
    rest = left_over(stretch, places, source)
    if is_shown(stretch, nodes, source) and "#" in rest:
        rest = rest.partition("#")[2]
    if other:
        rest = re.sub(r"# n?or(?= #|$)", "#", rest)  # between the codes that are replaced
    if not picked or any(isinstance(selector, Range) for selector in picked):
        rest = _ROMAN.sub(" # ", rest)  # the chapter that is asked for, or that the range is
    if free:
        rest = source.phrases.patterns["optional"].sub(" # ", rest)
        rest = re.sub(r"\bonly (?=(?:such|these|those) (?:cases|patients|operations|records|procedures)\b)", "", rest)
        rest = re.sub(r"\b(?:is|are)\s+only\s+(?=\w+)", " # ", rest)  # "is only coded when": the case is read
    for kind, explained in (
        ("left.odd", False),
        ("left.condition", other and free),
        ("left.instead", other or chosen),
        ("left.contrast", other or chosen or free),
        ("left.choice", chosen),
        ("left.one", chosen or wide),
        ("left.offer", free),
    ):
        hit = None if explained else source.phrases.find(kind, rest)
        if hit is not None:
            return hit[0]
    if other:
        for kind in ("left.instead", "instead"):  # "in place of" opens no circumstance
            rest = source.phrases.patterns[kind].sub(" # ", rest)
    hit = _CIRCUMSTANCE.search(rest) if picked else None
    if hit is None and picked and (opened := _OPENED.match(stretch.text)) and source.phrases.find("also", stretch.text):
        hit = re.match(re.escape(opened["case"]), rest)
    return hit[0].strip() if hit is not None else ""


_ROMAN = re.compile(r"\bchapter [ivxl]+\b", re.IGNORECASE)


def odd_in(asides: Iterable[Stretch], source: Source) -> str:
    """The first words in brackets behind a code that withdraw it ("no longer used"); empty where none do."""
    told = (aside.text for aside in asides if source.phrases.find("fallback", aside.text) is None)
    hits = (source.phrases.find("bracket.odd", text) for text in told)
    return next((hit[0] for hit in hits if hit is not None), "")


# What goes with the codes above, told by its kind: "with the same site and laterality codes".
_AS_ABOVE = re.compile(
    r"(?:and|plus|also|together|along|again)?\W*(?:with )?(?:the same (?:[\w-]+ ){0,5}codes?\b(?! as (?:for|an?|the)\b)"
    r"|the (?:[\w-]+ ){1,4}codes? (?:as )?above\b)",
    re.IGNORECASE,
)


def unread(stretch: Stretch, source: Source) -> str:
    """The word of a condition, a choice or an offer in a sentence that speaks of recording and was read as a remark."""
    text, phrases = stretch.text, source.phrases
    if not spots(text) and (again := _AS_ABOVE.match(text)):
        return again[0]  # codes of another part of the list, by their kind
    if any(phrases.find(kind, text) for kind in ("boilerplate", "fallback", "remark", "remark.known")):
        return ""
    if not spots(text) and (asks := _BIDS.match(text)) and not text.endswith(":"):
        return asks[0]  # "add the site": something that has no code here
    if spots(text) or not phrases.find("recording", text):
        return ""  # what is said of listed codes is weighed where it is read
    hit = phrases.find("left.remark", text)
    return hit[0] if hit is not None else ""
