"""What joins codes in a line: connectives, words that only lead to a code, conditions between and behind them."""

from __future__ import annotations

import re
from functools import lru_cache

from kg.guidance.page.spots import spots

FILLER = (
    r"(?:\b(?:an?|the|any|one|subdivisions?|subcategor(?:y|ies)|blocks?|four-character|three-character|suitable"
    r"|either|else|its|other|another|second|further|additional|supplementary|appropriate|relevant|codes?(?:\(s\))?"
    r"|categor(?:y|ies)|ranges?|chapters?|from|in|of|out"
    r"|(?:[a-z]+\s+)?(?:equivalent|counterpart)|within|belonging|to|icd-10|opcs-4|site|laterality|(?:external\s+)?cause(?=\s+code)|also|directly)\s*)*"
)
TAIL = re.compile(
    r"(?:(?P<stop>[,;])\s*)?(?:\b(?P<word>and ?/ ?or|and then(?: by)?|and also|or else|or alternatively"
    r"|or in (?:its|their) (?:stead|place)|replaced by|superseded by|alternatively|or|and|plus|with"
    rf"|(?:followed|succeeded)(?:\s+directly)?\s+by|together with|along with)\s*|(?P<sign>[/&+]\s*))?{FILLER}['\"]?$",
    re.IGNORECASE,
)
# What stands right before a code that "or" offers with a clause of its own ("or by"); commas before earlier ones.
_LED = rf"(?:(?:by|with|to|as|from|under|through)\s+)?{FILLER}['\"]?"
# "or it is", "or takes": the verb of the code before it, said again.
_AGAIN = (
    r"(?:(?:it|this|that|they|the code|the diagnosis)\s+)?"
    r"(?:(?:is|are|takes?|has|have|gets?|receives?|needs?|goes|falls|(?:may|can|must|should) be)\s+)?"
    r"(?:(?:coded|recorded|classified|assigned|given|found|reported)\s+)?"
)
OTHERWISE = re.compile(
    rf"\b(?:or|alternatively),?\s+(?:(?:else|alternatively|otherwise|rather|instead|possibly"
    rf"|perhaps),?\s+)?{_AGAIN}{_LED}$",
    re.IGNORECASE,
)
LISTED = re.compile(rf"[,;]\s+(?:or\s+)?{_LED}$", re.IGNORECASE)
_PREFIX = re.compile(rf"{FILLER}['\"]?", re.IGNORECASE)
# What a code that goes with another shows ("recorded with the code for the cause (A)").
OF_CODE = re.compile(
    r"\b(?:with|by|to|before|after|behind|plus|alongside|beside) (?:the|an?|any|its|their|another)(?: [\w-]+){0,2}"
    r" codes?(?:\(s\))? $",
    re.IGNORECASE,
)
# What names the code behind a connective ("plus the code for the tumour, which is A", "with the code of it (A)").
_WORD = r"(?:(?!(?:and|or|plus|with|by|if|when|where|is|are|followed|then|not|one)\b)[a-z][a-z'-]*)"
CODE_OF = re.compile(
    rf"\b(?:the|an?|another|its|any) (?:(?:further|additional|relevant|appropriate|correct) )?codes?(?:\(s\))?"
    rf" (?:for|of) {_WORD}(?: {_WORD}){{0,4}}"
    r"(?:,? which is (?:one of )?|,? being (?:one of )?|,? one of |[,:]? (?:from |in |within )?(?:the range )?| ?\(?)$",
)
# "A or, if both are used, C": a condition between a connective and its code.
CASED = re.compile(
    r"\b(?P<word>or|and|plus|(?:together |along )?with)(?:,?\s+|\s*\()"
    r"(?P<case>(?:only\s+)?(?:if|when|where|in|for|after|before|during|under|with"
    r"|without|once"
    r"|whenever|unless)\s[^,;:()]+?)[,:)]\s*(?:(?:by|with|to|as)\s+)?" + FILLER + r"['\"]?$",
    re.IGNORECASE,
)
# Some of the records ("For staged treatments one of these is added:"): no word says that it is each, or of which code.
# Not what "it is" then, which may take the place of another.
OF_SOME = re.compile(
    r"(?:for|in|at)\s+(?!(?:an?|the|this|these|that|its|their|all|both|each|every|either|any|such|most|general|addition|what"
    r"|whatever|either|another|other)\b)(?:[a-z-]+\s+){1,3}?"
    r"(?:patients?|cases|procedures|operations|treatments?|surgery|diseases?|disorders?|tumours?|lesions|attendances|visits"
    r"|admissions|episodes|records|sessions|repairs|implants|infections?|defects|women|men|children|adults|interventions"
    r"|fractures?|injur(?:y|ies)|pregnancies|transplants|replacements|reconstructions|revisions|insertions|removals)\b"
    r"(?!.*\bit is\b)",
    re.IGNORECASE,
)
ONE_OF = re.compile(r"\b(?:one of|one out of|either|either of|any one of)\b(?:\s+\w+){0,3}\s*$", re.IGNORECASE)
_CONDITION_TAIL = re.compile(
    r"[\s,;:-]+(?:\b(?:only\s+)?(?:if|when|whenever|where|wherever|unless"
    r"|(?:in (?:all |any |those )?)?cases where|in cases in which|in cases? of"
    r"|in the case of|in the event (?:of|that)"
    r"|for (?:cases|patients|procedures|operations|those)|for (?:the|all) (?:remaining|others?|rest)"
    r"|subject to|providing|provided|assuming|as long as"
    r"|as (?:applicable|required|appropriate|necessary|needed)|optional(?:ly)?|at will"
    r"|at (?:the )?(?:coder's |local |trust's )?discretion))\b[^()]*$",
    re.IGNORECASE,
)


# Words that no title goes on with: what a sentence says next.
NEXT = re.compile(
    r";|,\s+(?:qualified|followed|accompanied|supplemented|together|along|combined|sequenced|recorded|assigned|added"
    r"|as|but|because|since|depending|according|whichever|provided|until|while|whereas|with)\b|[,:]?\s+(?:and|or|but"
    r"|while|whereas|with|plus)\s*,?\s+(?:an?|one|another|the|to|by|of|for|with|as|from|under|through|else"
    r"|alternatively|either|then|if|when|where|unless)\s|,\s+(?:an?|the|to|which|when|if|where|unless)\s"
    r"|\s+(?:for|in|on)\s+(?:an?|the|any|all|each|every|those|patients|records|operations|cases)\s"
    r"|\s+(?:of|in|from|within|by)\s+(?:the\s+)?(?:ICD|OPCS)\b|\s*\((?:in |from )?(?:ICD|OPCS)[\s-]*\d*\)"
    r"|,\s+(?:either|any|one|each|both|all|whichever)\s+of\b"
    r"|,?\s+(?:(?:placed|put|entered|inserted|recorded|sequenced|listed|always|directly|immediately|straight|right)\s+)*"
    r"(?:between|behind|after|before|ahead of|in front of)\s+(?:(?:the|it|its|both|these|those|any)\s|[A-Z]\d\d)"
    r"|\s+as\s+(?:the|an?|its)\s+(?:ICD|OPCS|diagnos[ei]s|procedure|operation|disease)\b"
)
# What asks for one of the codes behind it, whatever joins them.
POOL = re.compile(
    r"\b(?:either|one|any one|any|whichever) (?:of|from|out of) (?:(?:either|one) of )?(?:the |these )?"
    r"(?:two |three )?(?:icd-10 |opcs-4 )?(?:codes|categories|ranges)?\s*$",
    re.IGNORECASE,
)
# What stands before a code that only says where the one before it is placed ("placed behind Y02.2").
LANDMARK = re.compile(
    r"(?:,|\b(?:placed|put|entered|inserted|recorded|sequenced|listed|always|directly|immediately|straight))\s+"
    r"(?:(?:placed|put|entered|inserted|recorded|sequenced|listed|always|directly|immediately|straight|right)\s+)*"
    r"(?:behind|after|before|ahead of|in front of)\s+(?:the\s+)?(?:code\s+)?['\"(]?$",
    re.IGNORECASE,
)
# How a code says something: what stands behind is what it shows, and no case ("that tells where the skin was").
TELLS = (
    r"(?:tell(?:s|ing)?|say(?:s|ing)?|show(?:s|ing)?|stat(?:e|es|ing)|nam(?:e|es|ing)|giv(?:e|es|ing)"
    r"|indicat(?:e|es|ing)|specif(?:y|ies|ying)|identif(?:y|ies|ying)|describ(?:e|es|ing)|mark(?:s|ing)?|denot(?:e|es|ing)|explain(?:s|ing)?"
    r"|reveal(?:s|ing)?|record(?:s|ing)|mak(?:e|es|ing) (?:it )?(?:clear|plain|known))"
)
# A "where" behind these says what is told, or which place is meant.
_NO_CASE = re.compile(
    rf"\b(?:place|part|site|organ|area|spot|point|region|level|exactly|precisely|{TELLS})\s+$", re.IGNORECASE
)


def is_told(before: str) -> bool:
    """Whether a "where" behind these words only says what is told ("that says where"), or which place ("the site")."""
    return _NO_CASE.search(before) is not None


# "A1 Title, for a second operation only": no title goes on so.
_CASE_TAIL = re.compile(
    r"(?:\s*[,;]|\s-)\s+(?!in an? \w+ (?:position|place|field)\b)"
    r"(?:(?:only\s+)?(?:for|at|in|on|during|after)\s+an?\s[^(),;]*"
    r"|(?:for|at|in|on|during|after)\s[a-z][a-z -]* only|[a-z][a-z -]*s only)[\s.]*$"
    # a code without a title, and of which operations it is
    r"|(?<=\.[\d-]) for (?!(?:all|any|these|those|such|both|each|every|most)\b)(?:[a-z-]+ ){1,3}"
    r"(?:cases|patients|procedures|operations|admissions|visits|sessions)[\s.]*$"
)


@lru_cache(maxsize=1024)
def brackets(text: str) -> tuple[tuple[int, int], ...]:
    """Where the outermost round brackets stand; one that is not closed goes to the end."""
    if "(" not in text:
        return ()
    found: list[tuple[int, int]] = []
    depth = start = 0
    for i, letter in enumerate(text):
        if letter == "(" and not text.startswith("(s)", i):
            start = i if depth == 0 else start
            depth += 1
        elif letter == ")" and depth and not text.startswith("(s)", i - 2):
            depth -= 1
            if depth == 0:
                found.append((start, i + 1))
    return (*found, (start, len(text))) if depth else tuple(found)


def joint(gap: str) -> str | None:
    """How two codes are joined, by the end of the words between them: OR, AND, AND_THEN, COMMA.

    Or None if they are not.
    """
    found = TAIL.search(re.sub(r"\([^()]*\)\s*$", "", gap))
    if found is None:
        return None
    word = (found["word"] or "").lower().replace(" / ", "/").replace(" /", "/").replace("/ ", "/")
    if word.startswith("or") or word in {"replaced by", "superseded by"} or word == "alternatively":
        return "OR"
    if word == "and/or":
        return "EITHER"
    if word.startswith("and"):
        return "AND" if word == "and" else "AND_THEN"
    if word:
        return "AND_THEN"
    if found["sign"]:
        return "OR" if found["sign"].strip() == "/" else "AND"
    return "COMMA" if found["stop"] else None


def is_filler(text: str) -> bool:
    """Whether words before a code only lead to it ("a code from category")."""
    return _PREFIX.fullmatch(text.strip()) is not None


def without_cases(text: str) -> str:
    """A text without the conditions between a connective and its code ("A or, if both are used, B")."""
    found = [CASED.search(text[: spot.start]) for spot in spots(text)]
    for cased in reversed([c for c in found if c is not None]):
        text = text[: cased.start("case")] + text[cased.end("case") :]
    return text


@lru_cache(maxsize=1024)
def condition_tail(text: str) -> int:
    """Where an unbracketed condition behind the last title begins; the text's length if there is none."""
    found = _CONDITION_TAIL.search(text)
    while found and re.match(r"\s*where", found[0], re.IGNORECASE) and is_told(f"{text[: found.start()]} "):
        found = _CONDITION_TAIL.search(text, found.start() + len(" where"))
    hits = [hit for hit in (found, _CASE_TAIL.search(text)) if hit is not None]
    found = min(hits, key=lambda hit: hit.start(), default=None)
    return found.start() if found and not spots(text[found.start() :]) else len(text)


def is_named_code(before: str, inner: str) -> bool:
    """Whether brackets only hold the code of what a connective adds by its name ("A and laterality (Z94.-)")."""
    named = [spot for spot in spots(inner) if inner.strip(" ()") == inner[spot.start : spot.end].strip()]
    before = CODE_OF.sub("", before.rstrip())
    return bool(named) and joint(before.rstrip()) in {"AND", "AND_THEN"} and not before.rstrip().endswith("and")
