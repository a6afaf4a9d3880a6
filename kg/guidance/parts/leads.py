"""What stands over a list: lead-ins, which say how much of it is taken, and headings of variants."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.codes import Selector
from kg.guidance.page.paragraph import leads_in_case
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots
from kg.guidance.parts.aside import is_done
from kg.guidance.parts.conditions import is_said_of_code
from kg.guidance.parts.joints import OF_SOME


@dataclass(frozen=True, slots=True)
class Lead:
    """A sentence that opens a list: the choice that it asks for.

    And whether its list is optional or goes with all before. `doubted`: its words may not ask for a choice. `case`:
    the words that give its list to another case than the list above it ("The codes of an open operation are:"); `part`:
    some name the part of the record which it is ("to identify the stent").
    """

    stretch: Stretch
    one: bool = False
    optional: bool = False
    plus: bool = False
    each: bool = False
    any: bool = False
    single: bool = False
    named: tuple[Selector, ...] = ()
    all: bool = False
    condition: Stretch | None = None
    ordered: bool = False
    doubted: bool = False
    case: Stretch | None = None
    part: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a variant. `conditional`: it says if or when; `adds`: it says in addition; `part`: it only names
    a part of the record ("Site:"); `opens`: it begins as a condition does (if, with, for); `other`: it says or;
    `always`: it names every case ("Each attendance:").
    """

    stretch: Stretch
    conditional: bool = False
    adds: bool = False
    run_in: bool = False
    part: bool = False
    opens: bool = False
    other: bool = False
    always: bool = False


# Whose record it is, not what is to be recorded ("Record of the donor").
_RECORD = re.compile(r"(?:record|entry|codes?) (?:of|for) (?:the|an?) (?!\w+ codes?\b)[^:]*$", re.IGNORECASE)


# The third of three variants ("Bronchoscopy with both:").
_WITH_BOTH = re.compile(
    r"(?!(?:and|plus|also|together|then|in|followed)\b)\w[^,;]* (?:with|using|by) both\W*$", re.IGNORECASE
)


# What is done besides, as the subject of what is recorded for it ("Cystoscopy is coded as a second procedure:").
_FURTHER = r"(?:second|secondary|additional|further|separate|supplementary|extra|subsidiary)"
_DONE_BESIDES = re.compile(
    r"(?!(?:the|this|that|these|those|it|its|they|their|each|all|both|either|one|two|in|for|with|if|when|where|to"
    r"|only|please|also)\b)"
    r"(?P<case>(?:(?!\b(?:following|codes?|coding|categor\w+|chapter|sites?|sides?|laterality|levels?|diagnos\w+"
    r"|underlying|causes?|approach|control|guidance|below|above|first|primary)\b)[^,;:.()])+?) "
    r"(?:(?:is|are|should be|must be|may be|can be|will be|has to be|have to be) (?:also |then |additionally )?"
    r"(?:coded|recorded|classified|assigned|reported|captured|entered)\b"
    rf"(?=[^;:.]*\b(?:{_FURTHER} (?:procedures?|operations?|interventions?|codes?|entr(?:y|ies))|in addition"
    r"|additionally|also|too|as well|separately)\b)"
    rf"|(?:needs?|requires?|takes?|has|have|attracts?) (?:an?|one) (?:\w+ )?{_FURTHER} (?:code|entry)\b)[^;:.()]*:",
    re.IGNORECASE,
)


# What tells that it is done besides: its time, an article, that it counts as an operation of its own.
_BESIDES = re.compile(
    r"^(?:an?|any|concurrent|concomitant|simultaneous|synchronous|additional)\b"
    r"|\b(?:during|afterwards|beforehand|at the (?:same time|end|start|beginning)|at the same \w+)\b"
    rf"|\b{_FURTHER} (?:procedures?|operations?|interventions?)\b|\b(?:needs?|requires?) (?:an?|one) ",
    re.IGNORECASE,
)


def done_besides(text: str) -> int:
    """Where the words of a lead-in end that name what is done besides, so that its list is for that case; else 0."""
    found = _DONE_BESIDES.fullmatch(text)
    told = found is not None and _BESIDES.search(text) is not None and not spots(text)
    return found.end("case") if found is not None and told else 0


def is_lead(text: str, phrases: Phrases) -> bool:
    """Whether a line over a list is a lead-in rather than the heading of a variant."""
    if done_besides(text):
        return True
    if phrases.opens("head.only-if", text) and not phrases.find("lead.glued", text):
        return False
    if connected(text, phrases) or _RECORD.match(text) or (_WITH_BOTH.match(text) and phrases.verb(text) is None):
        return False
    if any(phrases.opens(kind, text) for kind in ("lead.opens", "lead.opens-plus")):
        return True
    if re.fullmatch(r"use\W*", text, re.IGNORECASE):
        return True
    if phrases.verb(text) is not None and phrases.find("lead.plus", text):
        return True
    if phrases.find("lead.refers-back", text) or any(
        hit.end() >= len(text.rstrip(" :")) for hit in phrases.all("lead.ends", text)
    ):
        return True
    kinds = ("lead", "lead.perhaps", "lead.offers")
    return asks_one(text, phrases) or any(phrases.find(kind, text) is not None for kind in kinds)


# What is recorded "with either of these:" is one of them; "with either of these" alone speaks of codes above.
_EITHER = re.compile(
    r"\b(?<=ed )(?:by|with|as|to|using) (?:either|whichever) of (?:these|the following)\b(?: codes)?"
    r"|\bby whichever (?:one )?of these\b(?: two| three| codes)?"
    r"|\bwith whichever (?:one )?of these\b(?: two| three| codes)?(?! (?:is|was|are|were)\b)"
    r"|\b(?:together|along|combined) with (?:either|whichever) of these\b(?=\W*$)",
    re.IGNORECASE,
)


# Words of "both" and "together" that do not ask for all lines.
_NOT_ALL = re.compile(
    r"\b(?:one|either|any) (?:out )?of (?:the |these |those )?(?:two|three|four|five)\b(?: codes)?"
    r"|\btogether\s+with\b|\b(?:never|not)\s+(?:both|\w+\s+together)\b|\b\w+\s+possible\b",
    re.IGNORECASE,
)


def asks_one(text: str, phrases: Phrases) -> bool:
    """Whether words over a list ask for one line of it."""
    plain = text.rstrip(" :.")
    if phrases.find("lead.no-one", text):
        return False
    if phrases.find("lead.one", text) or phrases.opens("lead.one-opens", text):
        return True
    return any(hit.end() == len(plain) for hit in phrases.all("lead.one-ends", plain))


# A clause of its own that stands over the list ("is coded by what was done, and these codes are put behind it:").
_OF_ITS_OWN = re.compile(
    r"\b(?:coded|recorded|classified|assigned)\b[^;:]*?(?:;|,\s+and)\s+"
    r"(?=(?:these|the following)\s+(?:[\w-]+\s+)?codes\b)",
    re.IGNORECASE,
)


def lead_of(stretch: Stretch, phrases: Phrases, *, first: bool = False) -> Lead:
    """What a lead-in asks of its list; `first`: nothing stands above it that it could speak of."""
    asked = phrases.patterns["lead.none-less"].sub("all of these", stretch.text)
    text = _EITHER.sub("by one of these", phrases.patterns["lead.replaces"].sub(" # ", asked))
    back = not first and phrases.find("lead.refers-back", text) is not None
    said = text.partition(",")[2] if phrases.opens("excepts", text) and "," in text else text  # behind the exception
    told = _OF_ITS_OWN.search(said)
    said = said[told.end() :] if told is not None else said  # how the main code is found is told before it
    plainly = _NOT_ALL.sub(" ", said)
    own = phrases.patterns["lead.refers-back"].sub(" ", said) if back else said  # without "whichever code is used"
    free = not phrases.find("lead.all", plainly)
    one = free and asks_one(said, phrases) and asks_one(own, phrases)
    perhaps = free and not one and phrases.find("lead.perhaps", own) is not None
    chosen = one or perhaps
    joins = leads_in_case(text) and text[:2].lower() != "or"
    plus = phrases.find("lead.plus", text) is not None or back or joins or done_besides(stretch.text) > 0
    optional = phrases.find("lead.optional", phrases.patterns["lead.possible"].sub(" ", text)) is not None
    single = re.search(
        r"\bcode\b(?!\s*\(s\)|\s+combination|\s+set)", text, re.IGNORECASE
    ) is not None and not re.search(r"\bcodes\b", text)
    return Lead(
        stretch, chosen, optional or is_offer(text, phrases), plus,
        plus and not chosen and "for what" in text, not one and phrases.find("lead.any", text) is not None, single, (),
        phrases.find("lead.all", text) is not None,
        None if chosen and not plus else case_of(stretch, phrases), phrases.find("lead.order", text) is not None,
        perhaps and not single,
    )  # fmt: skip


# What can be or not is said of an operation, not of its code, in these.
_OF_THINGS = re.compile(
    r"\b(?:that|which|what|whichever|whatever|how|where|if|when|whether)\b[^,;:]*?\b(?:may|can|could|might)\b"
    r"|\b(?:may|can|could|might) (?:have|need|not|also have|only be (?:told|shown))\b|\bas the case may be\b"
    r"|\b(?:may|can|could|might) be (?:done|performed|carried|undertaken|open|treated|reached|made|removed|placed|told"
    r"|shown|represented|identified|classified|described|expressed|captured|inserted|implanted|necessary|needed)\b",
    re.IGNORECASE,
)


def is_offer(text: str, phrases: Phrases) -> bool:
    """Whether a lead-in leaves it to the coder to record its list ("It is open to the coder to add one of")."""
    told = phrases.find("may", _OF_THINGS.sub(" ", text))
    return told is not None or phrases.find("lead.offers", text) is not None


_FOR_ALL = re.compile(
    r"(?:for|in|with)\s+(?:what|each|all|every|this|these|the|either|both|any|whichever)\b|with\s+(?:it|them)\b",
    re.IGNORECASE,
)


def connected(text: str, phrases: Phrases) -> int:
    """Where the condition behind a connective begins ("plus, if open:"); 0 where none does."""
    found = re.match(
        r"(?:and|plus|or|either|in addition|also|additionally|then|together with|alternatively|otherwise)\b\s*,?\s*",
        text,
        re.IGNORECASE,
    )
    rest = text[found.end() :] if found else ""
    if found is None or phrases.opens("head.if", rest) is None:
        return 0
    if phrases.find("lead.list" if phrases.opens("head.only-if", rest) else "lead", rest):
        return 0
    if _FOR_ALL.match(rest):
        return 0
    plain = phrases.opens("optional", rest)
    return 0 if plain and plain.end() >= len(rest.rstrip(" :")) else found.end()


# A line that asks for a code of what it names, whatever leads over to it.
CODE_FROM = re.compile(
    r"(?:(?:plus|and|also|then|in addition|additionally|(?:followed|accompanied) by|(?:together|along) with|with)\b"
    r"[,:]?\s+)*"
    r"(?:an?|one|the)\s+(?:[\w-]+\s+){0,2}code\s+(?:from|of|in|within|out of)\s+(?:the\s+)?"
    r"(?:(?:opcs-4|icd-10)\s+)?(?:categor(?:y|ies)|range|chapter)?\s*",
    re.IGNORECASE,
)
_OF_CODE = re.compile(
    r"(?:(?:an?|any|one|each|every|the) (?:[\w-]+ ){0,3}|(?:supplementary|additional|further|extra|secondary) )"
    r"codes?\b",
    re.IGNORECASE,
)


_NOTE = re.compile(r"(?:please )?notes?\s*:\s*(?=\S)", re.IGNORECASE)


# What a lead-in is for, before it says how many of its lines ("In addition, for concomitant hysterectomy, one of").
_FOR_WHAT = re.compile(
    r"(?:(?:in addition|additionally|plus|and|also|then)\b,? )*"
    r"(?P<case>(?:for|with|in|during) (?!addition\b|the\b|th(?:is|ese|ose|at)\b|it|all\b|each\b|every\b|both\b"
    r"|either\b|any of\b|wh|icd|opcs)[^,;:()]+?), "
    r"(?=(?:(?:also|add|record|assign|use) )*(?:one|either|any one|an?|the following|these)\b)",
    re.IGNORECASE,
)
# What a code of any record may tell: no case.
_TOLD_OF_ALL = re.compile(
    r"\b(?:sites?|sides?|laterality|levels?|approach|methods?|techniques?|image|imaging|guidance|control|organs?|organisms?"
    r"|causes?|aetiology|codes?|diagnos\w+|anatom\w+|location|type|extent|number|general|principle|practice|turn|order"
    r"|procedures?|operations?|patients?|records?|conditions?|instance|example)\b",
    re.IGNORECASE,
)


def case_of(stretch: Stretch, phrases: Phrases) -> Stretch | None:
    """The condition of a lead-in that adds its list ("plus, if ultrasound is used:"); None for mere offers."""
    note = _NOTE.match(stretch.text)
    stretch = stretch.part(note.end() if note else 0, len(stretch.text))
    if besides := done_besides(stretch.text):
        return stretch.part(0, besides)
    text = stretch.text.rstrip(" :")
    led = _FOR_WHAT.match(text)
    if led is not None and _TOLD_OF_ALL.search(led["case"]) is None:
        return stretch.part(led.start("case"), led.end("case"))
    if (found := CODE_FOR.match(text)) is not None:
        return stretch.part(found.start("case"), found.end("case"))
    hit = phrases.find("condition", text)
    event = phrases.opens("event", text)
    if _OF_CODE.match(text):  # a code is no event, but what it is for may be one
        done = (x for x in phrases.all("condition.concurrent", text) if not is_said_of_code(text, x))
        hit, event = hit or next(done, None), None
    if event is not None and (adds := phrases.find("head.adds", text)) and adds.start() > event.end():
        return stretch.part(0, adds.start())
    plainly = text.lower().startswith("with,") or phrases.opens("condition.no-opening", text) is not None
    opening = None if plainly else phrases.opens("condition.opening", text) or OF_SOME.match(text)
    if hit is None and opening is not None:
        ends = phrases.find("lead", text) or phrases.find("head.adds", text)
        end = ends.start() if ends else text.find(",") if OF_SOME.match(text) else 0
        return stretch.part(0, end) if end > len("in a case") else None
    plain = phrases.opens("optional", text[hit.start() :]) if hit else None
    if hit is None or (plain and hit.start() + plain.end() >= len(text)):
        return None
    stop = re.search(r"[,;:]\s|\)", text[hit.end() :]) or _BIDDEN.search(text[hit.end() :])
    return stretch.part(hit.start(), hit.end() + stop.start() if stop else len(text))


# A further code for something that an article tells is not always there ("Supplementary code for a biopsy:").
CODE_FOR = re.compile(
    r"(?:(?:an?|one) )?(?:supplementary|additional|further|extra|secondary) codes? for (?P<case>(?:an?|any) "
    r"(?!(?:[\w-]+ )?(?:sites?|sides?|laterality|levels?|organisms?|approach|causes?|imaging|image)\b)[^,;:()]+)",
    re.IGNORECASE,
)
# A code for something done beside ("A supplementary code for concurrent ablation:").
_FOR_ONE = re.compile(r"(?:an?|one) (?:supplementary|additional|further|extra) code for\b", re.IGNORECASE)


def is_clause(label: str, rest: str, phrases: Phrases) -> bool:
    """Whether words before a colon and codes are the beginning of a sentence, no heading of theirs.

    They have a verb ("Removal of the ovaries is extra: ...") or ask for one of several diagnoses ("ICD-10 (one of):");
    or the codes, which are the `rest`, have each its own case ("ICD-10 codes differ: A for a cyst, B for a tumour").
    """
    if _FOR_ONE.match(label) and len(spots(rest)) == 1:
        return True
    asks = phrases.find("lead.one", label) is not None and phrases.find("lead.all", label) is None
    if asks and phrases.find("diagnosis", label):
        return True
    named = spots(rest)
    if len(named) > 1 and phrases.find("diagnosis", label) and phrases.verb(label) is not None:
        behind = rest[named[0].end :]
        if len(list(phrases.all("apart", behind))) > 1:
            return True
    led = any(phrases.opens(kind, label) for kind in ("head.if", "head.step"))
    aim = re.match(r"(?:in order )?to (?!the\b|an?\b)[a-z]+\b", label, re.IGNORECASE)  # "To take it out:"
    says = phrases.verb(label[aim.end() :] if aim else label) is not None
    return says and not (led or connected(label, phrases) or is_lead(label, phrases))


# A label that restricts its code ("Epithelium-off procedures only: C45.7") adds it to those above.
_ONLY = re.compile(r"\bonly\W*$", re.IGNORECASE)


# A part of the record that is not on each ("Biopsy, if taken: J13.1").
_IF_ANY = re.compile(
    r"\w,? \(?(?:if|when|where) (?:any|\w+ed|given|done|used|taken|made|put in|known|so)\)?\W*$", re.IGNORECASE
)


# What a heading asks the coder to do in its case ("If a graft is taken, insert between them:").
_BIDDEN = re.compile(
    r"\s+(?:then )?(?:use|assign|record|add)\s*:?$"
    r"|,\s+(?:then |please |also )?(?:insert|append|interpose|attach|put|place|use|record|assign|code|enter|report|take"
    r"|add|supply|you (?:will |also )*need|the coder \w+s)\b[^,;:]*:?\s*$",
    re.IGNORECASE,
)


def head_of(stretch: Stretch, phrases: Phrases, *, run_in: bool = False) -> Head:
    """The heading of a variant."""
    opened = connected(stretch.text, phrases)
    added = opened > 0 and not re.match(r"either|or\b|alt|otherwise", stretch.text, re.IGNORECASE)
    stretch = stretch.part(opened, len(stretch.text))
    text = stretch.text
    bidden = _BIDDEN.search(text) if phrases.opens("head.if", text) else None
    if bidden is not None:
        added = added or phrases.find("head.adds", bidden[0]) is not None
        stretch = stretch.part(0, bidden.start())
        text = stretch.text
    restricts = run_in and _ONLY.search(text) is not None
    added = added or (run_in and _IF_ANY.search(text) is not None)
    return Head(
        stretch.part(0, len(text.rstrip(" :,"))),
        phrases.opens("head.only-if", text) is not None,
        added or phrases.find("head.adds", text) is not None or restricts,
        run_in,
        phrases.whole("head.part", text) or phrases.opens("head.step", text) is not None,
        any(phrases.opens(kind, text) for kind in ("head.if", "head.only-if", "event"))
        or is_done(text)
        or restricts
        or (run_in and _IF_ANY.search(text) is not None),
        (opened > 0 and not added) or phrases.find("head.other", text) is not None,
        phrases.whole("head.always", text),
    )


def subject_of(text: str, phrases: Phrases) -> int | None:
    """Where the subject of a heading like "X is represented by:" ends; None for other headings."""
    found = phrases.find("lead.subject", text)
    if found is None or not text.endswith(":") or spots(text) or phrases.find("head.adds", text) or done_besides(text):
        return None
    if phrases.opens("excepts", text) is not None and "," in text:
        return None
    subject = text[: found.start()].strip()
    if (
        not subject
        or phrases.whole("lead.bare-subject", subject)
        or phrases.find("lead", subject)
        or len(subject.split()) > 10
    ):
        return None
    rest = text[found.end() :].strip(" :")
    return found.start() if not rest or phrases.find("lead", rest) is not None else None
