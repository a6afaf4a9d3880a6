"""What is odd in print: misprints, impossible codes, lost words, sentences that lost their break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise

from kg.codes import Category, Scheme
from kg.guidance.page.broken import broken_words, glued_words, lost_joints, lost_words
from kg.guidance.page.layout import Layout
from kg.guidance.page.misprints import odd_codes
from kg.guidance.page.paragraph import Paragraph, begins_with_item, connective_of, is_note, is_prose
from kg.guidance.page.prose import Stretch, sentences
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.page.titles import known_end
from kg.guidance.parts.either import CHOICE_OVER
from kg.guidance.parts.joints import joint
from kg.guidance.parts.leads import CODE_FROM
from kg.guidance.parts.titled import end_of_title

# A condition that is a sentence by itself before a code; words in quotes behind a title that nothing joins to it.
_BROKEN_OFF = re.compile(
    r"^(?:Note:\s*)?(?:If|When|Where|Unless) [^.,;:]{5,80}\.\s+(?=['\"]?[A-Z]\d\d)"
    r"|(?= ')(?<=[a-z-])(?<! or)(?<! and)(?<! plus)(?<! with)(?<! code)(?<! codes)(?<! to)(?<! by)(?<! as)"
    r" (?='[A-Z]\d\d[.-].*\bbe\b)"
)

# A case that is a sentence by itself, and asks for nothing: what it is the case of is the next.
_CASE_ALONE = re.compile(r"^(?:Note:\s*)?(?:If|When|Where|Unless) [^.,;:]{5,80}\.$")
_CASE_OPEN = re.compile(r"(?:^|(?<=\. ))(?:Note:\s*)?(?:If|When|Where|Unless)\b[^.;:]*,$")
_CODE = re.compile(r"['\"]?[A-Z]\d\d")
_CHOICE = re.compile(r"\bor ['\"]?[A-Z]\d\d", re.IGNORECASE)
# What may be left of "and" or "or" before a code.
_REMNANT = re.compile(r"(?:an?|o|r|on|n|nd|ad|ar|d|oe)")
_REMNANT_BEHIND = re.compile(rf"[a-z\])] {_REMNANT.pattern} $")
# What says that a sentence adds its code to those before it.
_ADDED = re.compile(
    r"\b(?:also|too|as well|in addition|as an? (?:further|additional|second|secondary|supplementary|extra) code)\b",
    re.IGNORECASE,
)
# Kinds of phrases by which one code of a line is told from the next.
_TELLING = ("verb", "instead", "position", "condition", "add", "apart")
# Whole chapters of ICD-10 that go from one letter to the next.
_CHAPTERS = frozenset({"A00B99", "C00D48", "S00T98", "V01Y98"})
# Codes that are told by their last figures alone, how often a code is recorded, a fourth character that is prescribed.
_SHORTHAND = (
    re.compile(r"\b[A-Z]\d\d\.?(?:\d ?)?(?:\[[\d.-]|/ ?\.?\d\b(?!/))"),
    re.compile(r"\b[A-Z]\d\d\.\d(?: ?,| and| or| to| ?-){1,2} \.[0-8]\b"),
    re.compile(r"(?<![\w.])[x\u00d7] ?[2-9]\b(?! ?[cm]m)|(?<![\w.])[2-9] ?[x\u00d7] ?(?=[A-Z]\d\d)"),
    re.compile(
        r"\b(?:recorded|assigned|coded|used|added|given|entered|repeated)(?: only)?"
        r" (?:twice|thrice|two times|three times)\b"
    ),
    re.compile(
        r"\b[A-Z]\d\d\b[^.;]*?(?:\.- ?)?[^.;]*?\bfourth[ -](?:character|digit|figure)s?"
        r"(?: (?:of|is|being|must be|should be))? ['\"]?\.?[0-8]\b"
    ),
)
_JOINS = re.compile(r"\b(?:or|and|plus|with)$", re.IGNORECASE)
_HEADING_BEHIND = re.compile(r"[a-z)\]] ([A-Z][a-z]+(?: [a-z0-9]+){0,6})$")


# A heading that lost the breaks about it ("A1 Title Percutaneous: B1 Title"); a code glued to a word before it.
_LABEL_WITHIN = re.compile(r"(?<=[\w)\]] )([A-Z][a-z]+(?: [a-z-]+){0,4}):\W*$")
_GLUED_ON = re.compile(r"(?<=[A-Za-z])[A-Z]\d\d\.[\d-]")
_GLUED_JOINT = re.compile(r"^(?:or|and|plus)(?=[A-Z]\d\d)", re.IGNORECASE)
_LABELLED = re.compile(r"[A-Z][^.;:]{1,40}:\s*[A-Z]\d\d\b")
_ENDED = re.compile(r"\b(?:unspecified|classified|elsewhere|NEC|NOC) [A-Z][a-z]+(?: [a-z0-9]+){0,4}$")
_COLON_TWICE = re.compile(r"[a-z]: [A-Z][^:]*:$")
_ALONE = re.compile(r"(?!notes?\b)[A-Za-z]{1,4}[^\w:]*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\([^()]*\)")


def report_odd(parts: Layout, source: Source) -> None:
    """Report misprints: those read as what they stand for, what looks like a code and cannot be one, lost words."""
    _report_before(parts, source)
    titled = _words_of_titles(parts)  # "Hip" over "... of hip joint" is a heading
    for line in (*parts.headings, *(line for section in parts.sections for line in section.lines)):
        _report_misprints(line, source)
        _report_codes(line, source)
        _report_headings(line, parts, source)
        _report_cases(line, source)
        _report_stops(line, source)
        _report_words(line, titled, source)


def _report_misprints(line: Paragraph, source: Source) -> None:
    """Report the words of a line that are read as others."""
    for found in line.misprints:
        message = f'"{found.printed}" is read as "{found.meant}"'
        named = re.search(rf"\b{re.escape(found.printed)}\b", source.title, re.IGNORECASE) is not None
        source.note("KG-W0215", message, found.start, found.end, review=not found.is_plain and not named)


def _report_codes(line: Paragraph, source: Source) -> None:
    """Report what looks like a code and is none, is no part of one, or tells codes in a way that is not read."""
    text = line.text
    for start, end in odd_codes(text):
        source.warn("KG-W0208", f'"{text[start:end]}" is not a code', line.stretch, start, end)
    for found in (hit for pattern in _SHORTHAND if (hit := pattern.search(text)) is not None):
        if source.phrases.find("not", found[0]) is None:
            what = f'more is said than was read: "{found[0]}"'
            source.warn("KG-W0211", what, line.stretch, found.start(), found.end())
    begun = {spot.start for spot in spots(text)}
    for found in (hit for hit in _GLUED_ON.finditer(text) if hit.start() not in begun):
        source.warn("KG-W0208", f'"{found[0]}" may be a code', line.stretch, *found.span())
    for start, end in (*_stray(text), *_crossing(text)):
        source.warn("KG-W0208", f'"{text[start:end]}" is no part of a code or title', line.stretch, start, end)


def _report_headings(line: Paragraph, parts: Layout, source: Source) -> None:
    """Report where a heading may have lost the breaks about it."""
    text = line.text
    coded = begins_with_item(text) or _LABELLED.match(text) is not None
    if coded and _has_heading_behind(text, source):
        source.warn("KG-W0202", "a heading may stand behind the last title of this line", line.stretch)
    for a, b in pairwise(spots(text)) if coded else ():
        label = _LABEL_WITHIN.search(text, a.end, b.start)
        if label is not None and _JOINS.fullmatch(label[1]) is None:
            source.warn("KG-W0202", "a heading may stand within this line", line.stretch, *label.span(1))
    if text.endswith(":") and _COLON_TWICE.search(text) and not spots(text) and not is_note(text):
        source.warn("KG-W0202", "a heading may stand behind this lead-in", line.stretch)
    if text.startswith(("OPCS", "ICD")) and line not in parts.headings and _may_be_heading(text, source):
        source.warn("KG-W0201", "this may be a heading of the coding part", line.stretch)


def _may_be_heading(text: str, source: Source) -> bool:
    """Whether a few words that begin with a classification say nothing and name no code."""
    says = source.phrases.verb(text) is not None or source.phrases.find("no-code", text) is not None
    return len(text.split()) < 5 and not spots(text) and not says


def _has_heading_behind(text: str, source: Source) -> bool:
    """Whether a line of codes ends with words that may be a heading, and no part of its last title."""
    if text.endswith(":") and begins_with_item(text) and not _leads_over(text, source):
        return True
    ended = _ENDED.search(text)
    if ended is not None and _JOINS.search(ended[0]) is None:
        return True
    behind = _HEADING_BEHIND.search(text)
    if behind is None or _JOINS.fullmatch(behind[1]):
        return False
    return bool(source.lexicon.named_in(behind[1])) or source.phrases.whole("head.numbered", behind[1])


def _report_cases(line: Paragraph, source: Source) -> None:
    """Report a case that has lost what is recorded in it, a sentence or code that has lost its break."""
    text = line.text
    for found in _BROKEN_OFF.finditer(text):
        source.warn("KG-W0202", "a sentence or code may begin here", line.stretch, found.end(), len(text))
    case = _CASE_OPEN.search(text) if text.endswith(",") else None
    if case is not None and not spots(text[case.start() :]):
        source.warn("KG-W0202", "a case without what is recorded in it", line.stretch, case.start())
    for start, end in _run_on(line.stretch, source):
        source.warn("KG-W0202", "a line or sentence may begin here", line.stretch, start, end)


def _report_stops(line: Paragraph, source: Source) -> None:
    """Report full stops within a line behind which what stands before them may go on."""
    phrases = source.phrases
    for one, following in pairwise(sentences(line.stretch)):
        asks = any(phrases.find(kind, one.text) for kind in ("record", "recording"))
        if _CASE_ALONE.match(one.text) and not asks:
            source.warn("KG-W0202", "a case without what is recorded in it", one)
        if _CODE.match(following.text) is None:
            continue
        if begins_with_item(one.text):
            if _CHOICE.search(following.text) and not is_prose(line.text, phrases):
                source.warn("KG-W0202", "not said whether the choice begins behind this full stop", one)
        elif spots(one.text) and not asks and not phrases.opens("add", one.text):
            told = is_prose(following.text, phrases) and is_prose(one.text, phrases)
            if not (told or phrases.find("not", one.text) or _ADDED.search(following.text)):
                source.warn("KG-W0202", "a list of codes may go on behind this full stop", one)


def _report_words(line: Paragraph, titled: frozenset[str], source: Source) -> None:
    """Report words that are none, and a line of one word that joins nothing."""
    text, phrases = line.text, source.phrases
    if _ALONE.fullmatch(text) and text.strip(" .,;").lower() not in titled and not _is_known(text, source):
        source.warn("KG-W0217", f'"{text}" joins nothing', line.stretch)
    says = not begins_with_item(_GLUED_JOINT.sub("", text)) or phrases.verb(text) is not None  # "plusY53.2"
    sure = chain(lost_joints(text), glued_words(text), broken_words(text))
    for start, end in sorted({*sure, *(lost_words(text) if says else ())}):
        source.warn("KG-W0217", f'"{text[start:end]}" is no word', line.stretch, start, end)


def _is_known(text: str, source: Source) -> bool:
    """Whether a word by itself is a fact, a heading or a connective."""
    known = source.lexicon.named_in(text) or source.phrases.whole("frame.head", text)
    return bool(known) or connective_of(text, source.phrases) is not None


def _words_of_titles(parts: Layout) -> frozenset[str]:
    """The words, from three letters on, of the lines that begin with a code."""
    own = (line.text for section in parts.sections for line in section.lines if begins_with_item(line.text))
    return frozenset(word for text in own for word in re.findall(r"[a-z]{3,}", text.lower()))


def _report_before(parts: Layout, source: Source) -> None:
    """Report what stands before the coding part and may belong to it: a lead-in, a heading that lost a letter."""
    headed = any(section.headed for section in parts.sections)
    first = next((line.text for section in parts.sections for line in section.lines), "")
    listed = begins_with_item(first)  # else a heading is first, and those of variants are a choice anyway
    for line in parts.preamble:
        asks = listed and source.phrases.find("lead.one", line.text) and source.phrases.find("lead", line.text)
        if re.match(r"OPCS|ICD", line.text) or (not headed and (line.text.endswith(":") or asks)):
            source.warn("KG-W0201", "words before the coding part that may belong to it", line.stretch)


_QUOTED_TWICE = re.compile(r"''|\"\"")


def _stray(text: str) -> Iterator[tuple[int, int]]:
    """A bracket that closes what none has opened, or one that stays open before a code; a quote that stands twice."""
    opened: list[int] = []
    for i, letter in enumerate(text) if "(" in text or ")" in text else ():
        if letter == "(":
            opened.append(i)
        elif letter == ")" and opened:
            opened.pop()
        elif letter == ")":
            if text[i:].strip(" ).") or "(" in text or not _ends_whole(text[:i]):
                yield i, i + 1
            return
    quotes = [found.start() for found in _QUOTED_TWICE.finditer(text)]
    if len(quotes) % 2:
        yield quotes[0], quotes[0] + 2
    if opened and (text.find("(", opened[0] + 1) > 0 or any(spot.start > opened[0] + 1 for spot in spots(text))):
        yield opened[0], opened[0] + 1


def _ends_whole(text: str) -> bool:
    """Whether a line that is one code ends with its whole title, so that a bracket behind it is a slip."""
    found = spots(text)
    selector = selector_of(found[0], Scheme.OPCS4) if len(found) == 1 and found[0].start == 0 else None
    if selector is None:
        return False
    title = text[found[0].end :]
    plain = isinstance(selector, Category) and re.search(r"\b(?:if|when|where|only|optional|or|plus)\b", title) is None
    return plain or known_end(selector, title) == len(title) > 0


def _crossing(text: str) -> Iterator[tuple[int, int]]:
    """A range of procedures from one chapter into another; chapters of ICD-10 have several letters."""
    for spot in spots(text):
        if re.sub(r"[^A-Z\d]", "", spot.printed) in _CHAPTERS:
            continue
        ends = re.findall(r"[A-Z](?=\d\d)", spot.printed) if spot.kind == "range" else []
        if len(set(ends)) > 1:
            yield spot.start, spot.end


def _run_on(stretch: Stretch, source: Source) -> Iterator[tuple[int, int]]:
    """Where a line that says something has a code right behind the title of another, and nothing joins them."""
    text = stretch.text
    if len(spots(text)) < len("AB") or source.phrases.verb(_IN_BRACKETS.sub(" ", text)) is None:
        return
    for before, after in pairwise(spots(text)):
        gap = text[before.end : after.start]
        end = end_of_title(stretch, before, after.start, source)
        if joint(gap) is not None or re.search(r"\bnor\s$", gap):
            continue
        rest = text[end : after.start].strip(" '\"")
        if rest and _REMNANT.fullmatch(rest):
            yield after.start, after.end
        if any(source.phrases.find(kind, gap) for kind in _TELLING):
            continue
        bare = not rest and re.fullmatch(r" [A-Z][^,;:.]*[a-zA-Z\])] ", gap)
        if bare or (rest == gap.strip() and _REMNANT_BEHIND.search(gap)):
            yield after.start, after.end


def _leads_over(text: str, source: Source) -> bool:
    """Whether a line of codes ends with what opens the next list ("followed by:", "plus the following codes:"), or is
    the sentence that does.
    """
    phrases = source.phrases
    if (
        _OPENS_NEXT.search(text)
        or CHOICE_OVER.fullmatch(text)
        or CODE_FROM.match(text)
        or phrases.find("lead.glued", text)
    ):
        return True
    says = phrases.find("record", text) or phrases.find("lead.list", text)
    return says is not None and phrases.verb(_IN_BRACKETS.sub(" ", text)) is not None


_OPENS_NEXT = re.compile(r"\b(?:plus|or|and|with|followed by)\W*$", re.IGNORECASE)
