"""The condition that a sentence puts on the codes it names."""

from __future__ import annotations

import re

from kg.codes import Scheme
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.page.titles import known_end
from kg.guidance.parts.joints import FILLER, OF_SOME, is_told

# The cues that open a clause, taken before those that only describe a record ("for patients with").
_CUE = re.compile(
    r"(?:if|when|where|whenever|wherever|once|in|should|provid|unless|assuming|given|as\b|so\b|each|every|any time"
    r"|subject|upon|to\b|on\b)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?:the|this|a)?\s*(?:record|procedure|operation|site|method|approach|diagnosis|coder|treatment|tumour)\b",
    re.IGNORECASE,
)


def condition_of(stretch: Stretch, source: Source) -> Stretch | None:
    """The words of the condition in a sentence: from its cue to the end of the clause or the next code.

    None without one.
    """
    text = stretch.text
    hits = [m for m in source.phrases.all("condition", text) if not _is_no_cue(text, m)]
    titled = _known_titles(text) if hits else []
    hits = [m for m in hits if not any(a <= m.start() and m.end() <= b for a, b in titled)]
    note = re.match(r"(?:please\s+)?notes?\s*:\s*", text, re.IGNORECASE)
    begin = note.end() if note else 0
    if not hits:
        if (told := _WHICH_CASE.match(text, begin) or _FOR_BID.match(text, begin)) is not None:
            return stretch.part(begin, told.end("case"))
        opening = source.phrases.patterns["condition.opening"].match(text, begin) or OF_SOME.match(text, begin)
        if opening is None and (person := _of_person(stretch, begin, source)) is not None:
            return person
        if opening is None or source.phrases.patterns["condition.no-opening"].match(text, begin):
            return _led(stretch, begin, source)
        ends = [s.start for s in spots(text)] + [m.start() for m in re.finditer(r"[,;:]\s", text)]
        ends += [subject.end() for subject in [_SUBJECT_BEHIND.match(text, begin)] if subject is not None]
        words = stretch.part(begin, min((e for e in ends if e > begin), default=len(text)))
        return words if len(words.text.split()) > 1 and not is_of_code(words.text) else None
    best = next(
        (m for m in hits if _CUE.match(m[0])),
        hits[0],
    )
    stop = len(text)
    for bound in re.finditer(r"[,;:]\s|\s-\s|\s(?:and|but) not (?:with|to|on|beside|in)\b|[.]$", text[best.end() :]):
        stop = best.end() + bound.start()
        break
    for spot in spots(text):
        if spot.start > best.end():
            stop = min(stop, spot.start)
            break
    excepted = _EXCEPTED.search(text[: best.start()])
    if not text[begin : best.start()].strip() and (subject := _SUBJECT_BEHIND.match(text, best.start(), stop)):
        stop = subject.end()
    words = stretch.part(excepted.start() if excepted else best.start(), stop)
    rest = re.sub(r"^\S+\s*", "", text[best.start() : stop])
    if _KNOWN.match(rest):
        return words
    if rest and source.phrases.patterns["condition.anaphor"].match(rest) and len(rest.split()) <= 5:
        first = min((spot.start for spot in spots(text)), default=best.start())
        return stretch.part(0, min(first, best.start())) if min(first, best.start()) > 8 else words
    return words


# A circumstance that opens a sentence without a comma before its subject ("For combined surgery the cataract is").
_SUBJECT_BEHIND = re.compile(
    r"(?:for|with|in|after|following) (?!the\b)(?:(?!(?:if|when|where|which|that)\b)[\w-]+ ){0,4}?"
    r"(?!(?:of|in|on|at|to|by|for|and|or|with|from|under|into|after|during)\b)[\w-]+ "
    r"(?=(?:the|an?|its|this|one|both|an additional|any) "
    r"(?:[\w-]+ ){0,5}?(?:codes?|is|are|must|should|may|can|has|have|needs?)\b)",
    re.IGNORECASE,
)


def before_subject(stretch: Stretch) -> Stretch | None:
    """The circumstance that opens a sentence without a comma before its subject; None without one."""
    begin = len(stretch.text) - len(without_note(stretch).text)
    found = _SUBJECT_BEHIND.match(stretch.text, begin)
    return stretch.part(begin, found.end()) if found is not None else None


def _known_titles(text: str) -> list[tuple[int, int]]:
    """Where codes stand with their titles word for word: these name no case ("at first attendance")."""
    own = [(spot, selector_of(spot, Scheme.OPCS4)) for spot in spots(text)]
    return [(spot.start, spot.end + known_end(x, text[spot.end :])) for spot, x in own if x is not None]


# What stands before a cue and turns it round ("except where the operation is open").
_EXCEPTED = re.compile(
    r"\b(?:except(?:ing)?|excluding|save|other than|apart from|but not|not|never|rather than|instead of)\s$",
    re.IGNORECASE,
)


def denied_in(stretch: Stretch, words: Stretch, source: Source) -> Stretch:
    """The words by which a sentence says that a code is left out in a case, `words` (of it): these make a condition.

    From the denial on where the case follows it ("not added if the operation is open"), else the whole sentence.
    """
    at = stretch.text.find(words.text)
    before = [hit for hit in source.phrases.all("not", stretch.text) if hit.end() <= at]
    if before and not spots(stretch.text[before[-1].start() : at]):
        return stretch.part(before[-1].start(), at + len(words.text))
    return without_note(stretch)


# What opens a sentence before a comma and is a case of it ("In multiple pregnancy, also"), not how it is recorded.
_LED = re.compile(
    r"(?:(?:in|with|at|after|during|without)\s+(?!(?:the\s+)?(?:addition|all|both|each|either|every|any|this|these"
    r"|that|those"
    r"|it|them|opcs\S*|icd\S*|same|record|general|turn|order|place|accordance|line|keeping|such|principle|practice"
    r"|effect|fact|diagnos\w+|procedures?|codes?|end|beginning|first place|either|case)\b)"
    r"|for\s+(?!(?:the|this|these|its?|all|each|every|both|any|which|what|whom|example|instance)\b)(?=[a-z-]+s,))"
    r"[^.;:,]{3,60}(?=,\s)",
    re.IGNORECASE,
)


# "For secondary tumours," and "For the donor,": the case by itself. What is asked of a kind of code is none.
_OF_A_VALUE = re.compile(
    r"(?:for|in|with|at) (?!the (?:kind|type|method|form|choice)\b)[^.;:,]{3,60}(?=,\s)", re.IGNORECASE
)


def _led(stretch: Stretch, begin: int, source: Source) -> Stretch | None:
    """The words before the comma that open a sentence which adds codes, where they name a case."""
    found = _OF_A_VALUE.match(stretch.text, begin)
    fact = source.lexicon.fact(found[0]) if found is not None and spots(stretch.text[found.end() :]) else None
    offers = (
        source.phrases.find("may", stretch.text) is not None
    )  # in one of the variants, where they are of this facet
    if found is not None and fact is not None and fact[0] != "image-control" and not offers:
        return stretch.part(begin, found.end())
    found = _LED.match(stretch.text, begin)
    if found is None or spots(found[0]) or not spots(stretch.text[found.end() :]):
        return None
    adds = re.search(r"\b(?:also|too|as well|in addition|additionally)\b", stretch.text[found.end() :], re.IGNORECASE)
    return stretch.part(begin, found.end()) if adds is not None else None


def _of_person(stretch: Stretch, begin: int, source: Source) -> Stretch | None:
    """Whose record it is, where a sentence opens with that ("For the mother the code is")."""
    opens = _FOR_WHOM.match(stretch.text, begin)
    who = source.phrases.patterns["person"].match(stretch.text, opens.end()) if opens is not None else None
    told = who is not None and re.match(r",? (?:the|an?|it|this|[A-Z]\d\d)\b", stretch.text[who.end() :])
    return stretch.part(begin, who.end()) if who is not None and told else None


_FOR_WHOM = re.compile(r"(?:for|in) (?:an? |the )?", re.IGNORECASE)


def led_by(stretch: Stretch) -> Stretch | None:
    """The words before the comma that open a sentence which offers codes, where they name a case."""
    begin = len(stretch.text) - len(without_note(stretch).text)
    found = _LED.match(stretch.text, begin) or _FOR_WHAT.match(stretch.text, begin)
    return stretch.part(begin, found.end()) if found is not None and not spots(found[0]) else None


_FOR_WHAT = re.compile(
    r"for (?!(?:the|this|these|its?|all|each|every|both|any|which|what|example|instance)\b)[^.;:,]{3,60}(?=,\s)",
    re.I,
)
# "where this is known": of a detail, not of what the sentence said before.
_KNOWN = re.compile(
    r"(?:this|it|that) (?:is|was) (?:known|stated|documented|recorded|given|available|on record)\b", re.IGNORECASE
)


_ONCE_ONLY = re.compile(
    r"\s+(?:only|per|at|in (?:a|each|every)|for (?:a|each|every|both|all)|however|regardless|whatever)\b"
    r"|\s*(?:[,.;]|$)",
    re.IGNORECASE,
)


# What a code is assigned for ("For repair of the anterior wall assign P23.6").
_FOR_BID = re.compile(
    r"(?P<case>for (?!(?:the|this|these|those|its?|all|each|every|both|any|either|such|what|which|whom|example|instance"
    r"|laterality|sites?|sides?|imag\w+|levels?|approach|icd\S*|opcs\S*|diagnos\w+|procedures?|coding|other|others)\b)"
    r"(?:(?![A-Z]\d\d)[^,;:.])+?),? (?:please )?(?:assign|use|record|report|select|enter|code)"
    r" (?:the code )?(?=['\"]?[A-Z]\d\d)",
    re.IGNORECASE,
)
# The case that the clause before tells ("a drug is often given, in which case A is added").
_WHICH_CASE = re.compile(r"(?P<case>(?:(?![A-Z]\d\d)[^;:.])+?), in which case\b(?=[^:]*[A-Z]\d\d)")


def _is_no_cue(text: str, cue: re.Match[str]) -> bool:
    """Whether a "where" only belongs to a noun ("the place where") or a "provided" is what is done ("is provided")."""
    if cue[0].lower() == "once" and _ONCE_ONLY.match(text, cue.end()):
        return True  # "is recorded once only"
    if cue[0].lower() == "provided" and re.search(
        r"\b(?:is|are|be|been|being|gets?)\s(?:(?:\w+ly|also|then|always|thus)\s){0,2}$",
        text[: cue.start()],
        re.IGNORECASE,
    ):
        return True
    if re.search(
        r"\b(?:choosing|using|taking|giving|with|and|or) (?:the )?\.\d\s(?:only |just )?$", text[: cue.start()]
    ):
        return True  # of a fourth character ("choosing .9 when")
    return cue[0].lower() == "where" and is_told(text[: cue.start()])


def without_note(words: Stretch) -> Stretch:
    """A condition without the words that introduce a note."""
    note = re.match(r"(?:please\s+)?notes?\s*:\s*", words.text, re.IGNORECASE)
    return words.part(note.end(), len(words.text)) if note else words


def is_for_another(clause: str, source: Source) -> bool:
    """Whether a clause gives a code to an operation done besides ("nodes taken with it call for a further code")."""
    phrases = source.phrases
    if any(not is_said_of_code(clause, hit) for hit in phrases.all("condition.concurrent", clause)):
        return True
    subject = re.sub(r"^(?:please\s+)?note\s*:\s*", "", clause, flags=re.IGNORECASE)
    return phrases.find("condition.demands", clause) is not None and _SUBJECT.match(subject.strip()) is None


_FILLED = re.compile(rf"\s*{FILLER}['\"]?", re.IGNORECASE)
_CODE_FIRST = re.compile(
    r"(?:please\s+note\s*:\s*|note\s*:\s*)?(?:an?\s|the\s|codes?\s|from\s|category\s)*['\"]?[A-Z]\d\d", re.I
)


def is_said_of_code(clause: str, hit: re.Match[str]) -> bool:
    """Whether what is "taken too" is the code ("Y53.2 is taken too"), not something at the operation."""
    verb = re.search(r"\b(?:is|are|be|been|gets?)\s(?:(?:also|then|always)\s)?$", clause[: hit.start()], re.IGNORECASE)
    if re.search(r"\bcodes?\s$", clause[: hit.start()], re.IGNORECASE):
        return True  # "four codes taken together"
    if re.search(r"\bas\s$", clause[: hit.start()], re.IGNORECASE):
        return True  # "is coded as a second procedure"
    behind = clause[hit.end() :]
    if hit[0].endswith(("with", "by")) and _CODE_FIRST.match(clause):
        return True  # "M13.7 is accompanied by"
    if hit[0].endswith(("with", "by")) and (named := spots(behind)) and _FILLED.fullmatch(behind[: named[0].start]):
        return True  # "it is accompanied by Y53.2"
    led = bool(spots(clause)) and not re.search(
        r"[,;:]|\b(?:if|when|where)\b", clause[spots(clause)[0].end : hit.start()]
    )
    return verb is not None and led and spots(clause)[0].start < hit.start()


def is_no_offer(text: str) -> bool:
    """Whether a "may" of the text says what can happen, not what can be recorded."""
    return (
        re.search(
            r"\bmay or may not\b|\bas the case may be\b|\bmay (?:support|watch|look|have|need)\b"
            r"|\b(?:either|any|one|each) of (?:which|these|them|those) (?:may|can|might) apply\b",
            text,
            re.IGNORECASE,
        )
        is not None
    )


# What stands before the subject of a sentence.
_OPENED = re.compile(
    r"(?:(?:please\s+)?notes?\s*:\s*)?"
    r"(?:(?:in addition|additionally|also|in (?:icd|opcs)[- ]?\d+|furthermore)\b,?\s*)*",
    re.IGNORECASE,
)


def without_opening(text: str) -> str:
    """A sentence without the words before its subject ("In addition,", "In ICD-10,")."""
    opened = _OPENED.match(text)
    return text[opened.end() :] if opened else text


# The verb behind these words is of the noun before them ("a spleen that is taken out").
_OF_NOUN = re.compile(r"\b(?:that|which|who)(?: (?:is|are|was|were|has|have|had|\w+))?\s$", re.IGNORECASE)


_OF_CODE = re.compile(
    r"(?:(?:together |along )?with |plus |and )?"
    r"(?:an?|any|one|each|every|the|such|this) (?:[\w-]+ ){0,3}(?:codes?|subdivisions?|subcategor(?:y|ies))\b",
    re.IGNORECASE,
)


def is_of_code(words: str) -> bool:
    """Whether words speak of a code, and of no event ("An additional code from")."""
    return _OF_CODE.match(words) is not None


def event_of(stretch: Stretch, end: int, source: Source, *, things: bool = False) -> Stretch | None:
    """The subject before a code (which begins at `end`) where it is an event that may happen or not.

    "Use of ultrasound is shown by", "any graft is coded to", "operations under image control attract"; with `things`
    also something without an article that may be there or not ("contrast given into a vein is shown by").
    """
    opened = _OPENED.match(stretch.text)
    begin = opened.end() if opened else 0
    words = stretch.part(begin, end)
    found = source.phrases.patterns["event"].match(words.text)
    if found is None and things and source.phrases.opens("event.known", words.text) is None:
        found = source.phrases.patterns["event.thing"].match(words.text)
    if found is None or source.phrases.opens("event.no", words.text) or not words.text:
        return None
    verbs = [m for kind in ("verb", "record") for m in source.phrases.all(kind, words.text) if m.start() > found.end()]
    verbs = [m for m in verbs if not _OF_NOUN.search(words.text[: m.start()])]
    stop = min((m.start() for m in verbs if m[0].islower()), default=len(words.text))
    if len(words.text[:stop].split()) < 2 or is_of_code(words.text):
        return None
    return words.part(0, len(re.sub(r"\s+(?:also|then|too|always)\s*$", "", words.text[:stop])))


# A clause that goes on with the case of the one before it ("surgeons often take a biopsy, and such cases have").
_SUCH = re.compile(
    r",\s+(?:and|but|so)\s+(?=(?:only\s+)?(?:such|these|those)\s+(?:cases|operations|patients|records)\b)"
)


def clause_of(stretch: Stretch, at: int, source: Source) -> Stretch | None:
    """The clause before a semicolon that says what may happen, where the one of the code `at` says "then"."""
    end = max(stretch.text.rfind(";", 0, at), *(hit.start() for hit in _SUCH.finditer(stretch.text, 0, at)), -1)
    if end < 0 or spots(stretch.text[:end]) or not source.phrases.find("condition.then", stretch.text[end:]):
        return None
    told = any(source.phrases.find(kind, stretch.text[:end]) for kind in ("usual", "may"))
    return without_note(stretch.part(0, end)) if told else None


def then_of(stretch: Stretch, previous: Stretch | None, source: Source) -> Stretch | None:
    """The sentence before, where it says what may happen and this one says "then" or "in that case"."""
    if previous is None or spots(previous.text):
        return None
    bare = without_note(stretch).text
    if not source.phrases.find("condition.then", stretch.text) and not source.phrases.opens("condition.its-own", bare):
        return None
    if not (previous.text.endswith("?") or source.phrases.find("usual", previous.text)):
        return None
    return without_note(previous)


def shown_of(stretch: Stretch) -> Stretch | None:
    """What a code is said to show that has been done or was found ("A shows that the ovaries were taken out")."""
    hit = _SHOWN.search(stretch.text)
    return stretch.part(hit.start("case"), hit.end("case")) if hit is not None else None


_SHOWN = re.compile(
    r"\b(?:shows?|tells?|says?|states?|indicates?|means?|proves?|reports?) that "
    r"(?P<case>(?!no\b|the (?:operation|procedure)\b)[^.;:,]*?\b(?:has|have|had|was|were) "
    r"(?:(?:also|then|too|been) )*\w+[^.;:,]*)",
    re.IGNORECASE,
)


# "A1 is added at an exchange": an event behind the verb, that is no place in the record.
_AT_EVENT = re.compile(
    r"\b(?:recorded|added|assigned|used|coded|given|reported|required|needed|included)"
    r"(?: (?:once|too|also|as well|in addition|additionally),?)?"
    r" (?P<case>(?:at|on|during|in|for|with|after|under|upon) (?:an?|the (?:first|last|second|third|final|initial))"
    r" (?!(?:[\w-]+ )?(?:position|place|lines?|codes?|record|field|case|chapter|category|entry|list|one|rule|way"
    r"|manner)\b)"
    r"(?!(?:further|additional|supplementary|secondary|subsidiary)\b)[^,;:.()]*?)(?: only)?[\s.]*$",
    re.IGNORECASE,
)


def at_event(stretch: Stretch) -> Stretch | None:
    """The event behind the verb that a code is recorded at ("is added at an exchange"); None without one."""
    hit = _AT_EVENT.search(stretch.text)
    return stretch.part(hit.start("case"), hit.end("case")) if hit is not None and not spots(hit["case"]) else None
