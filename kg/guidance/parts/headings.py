"""Lines of their own over a list: which of them are headings, and over what they may stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.guidance.page.paragraph import Paragraph, connective_of, heading_of, is_note
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import sentences
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.cases import OF_RECORD
from kg.guidance.parts.leads import connected, is_lead
from kg.guidance.parts.lines import ends_of, is_item

_SHORT = 12  # words of a heading
_FEW = 5  # words of one that no empty line parts from the line above it
# What says which ones are meant, within a heading ("Tumours that have spread").
_WHICH = re.compile(
    r"(?<=[a-z)])(?:(?: in| on| for| with| from| to| of)? (?:that|which|who|whose|whom)"
    r"|,? (?:once|when|while|after|before))\s.*$"
)


_ARTICLE = re.compile(r"(?:the|an?|its|their|his|her) ", re.IGNORECASE)
# A line over what is said of the codes, and over no list of its own.
_TOPIC = re.compile(r"\b(?:coding|notes?|advice|guidance|comments?|remarks?|rationale|explanations?)\b", re.IGNORECASE)


def _says(text: str, phrases: Phrases) -> bool:
    """Whether a line says something: it has a verb, and not only in what tells which ones are meant."""
    return phrases.verb(_WHICH.sub("", text)) is not None


def heads_a_list(line: Paragraph, rest: Sequence[Paragraph], phrases: Phrases, *, over: bool) -> bool:
    """Whether a line is a heading: a short one that is no sentence, or that opens a case, over a list (`over`)."""
    text = line.text
    if line.level > 0:
        return True
    if len(sentences(line.stretch)) != 1:
        return False
    if text.endswith(":") and not is_note(text):
        return True
    if not (over or _titles_a_list(line, rest, phrases)) or text.endswith((".", ";")) or spots(text):
        return False
    says = _says(text, phrases) and phrases.opens("head.step", text) is None  # "Step 3 - side, if one is treated"
    short = len(text.split()) <= _SHORT and not is_note(text) and not says
    return short or bool(connected(text, phrases)) or phrases.opens("head.only-if", text) is not None


def _titles_a_list(line: Paragraph, rest: Sequence[Paragraph], phrases: Phrases) -> bool:
    """Whether a line of its own stands over the lead-in of a list ("Insertion", "One of the following:", codes)."""
    if len(rest) < len("AB") or not _is_apart(line) or line.text[-1:] in {".", ",", ":"} or is_note(line.text):
        return False
    lead = rest[0]
    leads = lead.text.endswith(":") and not spots(lead.text) and is_lead(lead.text, phrases)
    return leads and not is_note(lead.text) and is_item(ends_of(rest[1].stretch, phrases)[2], phrases)


def heads_below(rest: Sequence[Paragraph], phrases: Phrases) -> bool:
    """Whether the next lines are a heading, and an item."""
    if len(rest) < len("AB") or spots(rest[0].text) or is_note(rest[0].text):
        return False
    if not rest[0].text.endswith(":") and not _is_title(rest[0], phrases):
        return False
    return is_item(ends_of(rest[1].stretch, phrases)[2], phrases)


def over_sentences(lines: Sequence[Paragraph], source: Source) -> frozenset[str]:
    """The lines that are headings over sentences with codes: the section has others, or they name a way of doing it."""
    phrases = source.phrases
    over = [
        (line, following)
        for line, following in pairwise(lines)
        if _is_title(line, phrases) and (not _is_title(following, phrases) or describes_code(following.text, phrases))
    ]
    said = [
        line.text
        for line, x in over
        if (spots(x.text) or describes_code(x.text, phrases)) and not is_note(x.text) and not _lists(x, phrases)
    ]
    return frozenset(x for x in said if len(over) > 1 or any(f in OF_RECORD for f, _ in source.lexicon.named_in(x)))


def describes_code(text: str, phrases: Phrases) -> bool:
    """Whether words only describe a code that they ask for ("the code for the disease that led to it")."""
    if spots(text) or any(phrases.find(kind, text) for kind in ("boilerplate", "remark", "not", "fallback")):
        return False
    bare = _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text
    named = phrases.opens("unnamed.noun", bare) or phrases.opens("unnamed.only", text)
    return named is not None and not _says(_PURPOSE.sub("", text), phrases)


_CODES_FOR = re.compile(
    r"(?:the )?(?:(?:icd|opcs)\S* )?(?:diagnosis |procedure )?codes? "
    r"(?=for (?!(?:the|an?|any|this|that|these|those|its|their"
    r"|all|each|every|both|either|use|coding|information|nice|which|what)\b)"
    r"(?P<case>[a-z][^.;:,]*?)\s*(?:is|are)?\s*:?$)",
    re.IGNORECASE,
)


def kind_over_list(text: str) -> tuple[int, int] | None:
    """Where a line over a list names the kind of case that its codes are for ("The codes for primary tumours")."""
    found = _CODES_FOR.match(text)
    return (found.end(), found.end("case")) if found is not None and len(text.split()) <= _SHORT else None


# A heading that asks in brackets for one of its lines ("Later operations on the sling (one of):").
_ASKS_ONE = re.compile(
    r"(?P<head>[^():;]{3,80}?)\s*"
    r"\((?P<asks>(?:(?:select|choose|use|record|assign) )?(?:(?:any|only|just) )?(?:one|either)"
    r"(?: only| code)?(?: of| from)?(?: these| the following| those below)?(?: codes)?)\)\s*:?",
    re.IGNORECASE,
)


def asks_in_brackets(text: str, phrases: Phrases) -> tuple[int, int] | None:
    """Where a heading ends and where it asks in brackets for one of its lines; None for lead-ins and others."""
    found = _ASKS_ONE.fullmatch(text)
    if found is None or spots(text) or phrases.verb(found["head"]) is not None:
        return None
    name = found["head"]
    return None if is_lead(name, phrases) and kind_over_list(name) is None else (found.end("head"), found.start("asks"))


def label_of_unnamed(text: str, phrases: Phrases) -> int:
    """Where the label ends of words that only describe a code ("Recipient: code for the disease"); 0 where none is."""
    label, colon, words = text.partition(":")
    few = 0 < len(label.split()) <= _FEW and label[:1].isupper() and not is_note(text) and not _says(label, phrases)
    few = few and not heading_of(label, phrases) and not phrases.find("diagnosis", label)
    return len(label) if colon and few and describes_code(words.strip(), phrases) else 0


_PURPOSE = re.compile(r"\b(?:for|to|of|in|on|by|with) (?:which|whom|what)\b.*$")


def _lists(line: Paragraph, phrases: Phrases) -> bool:
    return is_item(ends_of(line.stretch, phrases)[2], phrases)


def _is_apart(line: Paragraph) -> bool:
    """Whether a line stands by itself: behind an empty line, or a few words that begin with a capital."""
    return line.after_blank or (line.text[:1].isupper() and len(line.text.split()) <= _FEW)


def _is_title(line: Paragraph, phrases: Phrases) -> bool:
    """Whether a line is a few words by themselves, as over a list."""
    text = line.text
    if line.bullet or not _is_apart(line) or not text[:1].isupper() or text[-1:] in {".", ",", ";", ":"}:
        return False
    if spots(text) or is_note(text) or len(text.split()) > _SHORT or connective_of(text, phrases) is not None:
        return False
    if phrases.whole("head.always", text):
        return True
    plain = ("boilerplate", "remark", "no-code")
    return not (
        _TOPIC.search(text)
        or _says(text, phrases)
        or is_lead(text, phrases)
        or any(phrases.find(kind, text) for kind in plain)
    )
