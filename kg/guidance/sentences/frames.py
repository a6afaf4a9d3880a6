"""The words in which a recommendation is told: what stands in its frame and the lexicon does not know is asked about.

Codes, titles, conditions and what they speak of are open: any noun may stand there. The words around them (who records
what, with what, as what) are few. One that is not among them (`frame` in `ontology/phrases.tsv`) may say what no rule
looks for, so the reader asks instead of passing over it. This is the other way round to
`kg.guidance.sentences.ledger`, which knows words that must not be left over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kg.citation import Citation
from kg.codes import Category, One, Scheme
from kg.expression.nodes import Expression, OneOf, Optional, Pick, Unnamed, When, picks, walk
from kg.expression.recommendation import Side
from kg.guidance.page.paragraph import is_note
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.page.titles import known_end, titles_of, words_of_titles
from kg.guidance.parts.items import Item
from kg.guidance.parts.joints import brackets
from kg.guidance.parts.leads import Head, Lead
from kg.guidance.parts.stems import stems
from kg.guidance.sentences.ledger import PURPOSE, doubt_of, is_shown, left_over, odd_in, purposes
from kg.guidance.sentences.row import Row
from kg.guidance.sentences.tails import report_tail, says_what

_WORD = re.compile(r"[a-z][a-z'-]*[a-z]")
# What a list is for, but not what would take a code of it for each of several things.
_FREE = re.compile(
    rf"{PURPOSE.pattern}|\b(?:according to|depend(?:ing|ent|s)? (?:up)?on|for(?! each| every| any| all| both| either)"
    r"|by|when|where|if|in(?! (?:an?|some|any|most|many|few|several)\b))\s+[^.;:]*"
    # the instrument, and what the list is to name
    r"|\b(?:with|under|through|via|using) an? (?!(?:[\w-]+ )?(?:codes?|sites?|laterality|categor\w+|chapter)\b)[^.;:,]*"
    r"|\bthe (?:type|kind|nature|method|level|side|site|extent|number|material) of (?:the )?[\w-]+(?: [\w-]+)?"
    r" (?=(?:with|by|is)\b)"
    r"|\b(?:state|name|specify|identify|show|indicate|tell) (?:the|which|what)\s+[^.;:,]*",
    re.IGNORECASE,
)
# Kinds of phrases that say how a code is recorded; what else they do is read elsewhere.
_KNOWN_KINDS = (
    "instead", "drops", "record", "add", "also", "may", "lead.plus", "lead.refers-back", "alternatively", "boilerplate",
    "frame", "verb",
)  # fmt: skip
# Of whom a diagnosis is said: it may hold for them alone.
_PERSONS = re.compile(
    r"(?<!the )(?<!all )\b(?:patients|cases|records|children|adults|women|men|people|those|babies)\b", re.IGNORECASE
)
_LENGTH = 5  # letters by which words are held against those of a title: endings do not matter


# What is done in every case, as the subject of its codes ("The removal of the kidney is classified to").
_OF_OPERATION = re.compile(
    r"(?:in (?:either|each|every|both|all) cases?,? )?"
    r"(?:the (?:OPCS-4 )?code for (?=[a-z]+ing ))?(?:the |this )?"
    r"(?:(?!(?:dur|follow|includ|exclud|regard|depend|us|hav|be)ing)[a-z]+ing(?= (?:the|an?) )"
    r"|removal|insertion|implantation|formation|excision|repair|injection|drainage|destruction"
    r"|closure|creation"
    r"|replacement|operation|procedure|treatment|surgery|taking|placement|resection|ablation|dilatation|reconstruction"
    r"|fixation|freezing|closing|opening|putting|construction)\b"
    r"(?:(?!\b(?:guided|under|using|without|when|during)\b)[^,;:])*?"
    r" (?P<verb>(?:is|are|has|have|takes|gets|keeps) )",
    re.IGNORECASE,
)


def report_strange(
    stretch: Stretch, made: Sequence[Expression], used: Iterable[Stretch], side: Side, source: Source
) -> None:
    """Ask where a sentence has a word that no frame has, or a condition of it names no case."""
    if word := strange_in(stretch, made, used, side, source):
        source.warn("KG-W0218", f'"{word}" is known in no place like this', stretch)
    for node in (node for e in made for node in walk(e) if isinstance(node, When)):
        if is_empty(node.condition.words, source):
            source.warn("KG-W0219", f'"{node.condition.words}" is read as a condition and names no case', stretch)


def report_strange_line(stretch: Stretch, made: Sequence[Item], side: Side, source: Source) -> None:
    """Ask where a line of codes has a word that is in no title and no frame; where no title is known, any word is."""
    used = [stretch.part(*place) for place in brackets(stretch.text)]
    used += [aside.stretch for item in made for aside in item.asides]
    words = doubt_of(stretch, [item.expression for item in made], used, source, other=False)
    read = {aside.stretch.span() for item in made for aside in item.asides if aside.kind == "condition"}
    if words := words or odd_in([aside for aside in used if aside.span() not in read], source):
        source.warn("KG-W0211", f'more is said than was read: "{words}"', stretch)
    report_strange(stretch, [item.expression for item in made], used, side, source)
    report_tail(stretch, made, source)


def cases_in(item: Item, source: Source) -> list[Stretch]:
    """The words in brackets behind whole titles that were taken for a part of the title: they may name a case."""
    stretch, read = item.stretch, {aside.stretch.span() for aside in item.asides}
    every = [stretch.part(*at) for at in brackets(stretch.text)]
    at = {words.span(): start for words, (start, _) in zip(every, brackets(stretch.text), strict=True)}
    disease = any(pick.selector.scheme is Scheme.ICD10 for pick in picks(item.expression))
    places = [x for x in every if _is_titled(stretch, at[x.span()]) or (disease and _IN_CASE.search(x.text))]
    told = [words for words in places if words.span() not in read and not spots(words.text)]
    told = [words for words in told if disease or words.text[1:2].isupper() or not says_what(words.text[1:], item)]
    return [words for words in told if not source.phrases.whole("bracket.idle", words.text.strip("() "))]


# What brackets of no title in ICD-10 say.
_IN_CASE = re.compile(
    r"^\((?![^()]*\b(?:elsewhere|classified)\b)[a-z][^()]*\b(?:operations?|surgery|treatments?|treated|patients?|implants?"
    r"|removals?|renewals?|revisions?|replacements?|insertions?|planned|emergency|routine|admissions?|stages?|records?"
    r"|attendances?|sessions?|visits?|donors?|recipients?|cases)\b"
)


def _is_titled(stretch: Stretch, at: int) -> bool:
    """Whether a bracket stands behind a code with its whole title, or without one and is none, so that it is no part
    of a title.
    """
    before = [spot for spot in spots(stretch.text) if spot.end <= at]
    selector = selector_of(before[-1], Scheme.OPCS4) if before else None
    if selector is None:
        return False
    if not stretch.text[before[-1].end : at].strip() and stretch.text[at + 1 : at + 2].islower():
        return True
    end = known_end(selector, stretch.text[before[-1].end :])
    return 0 < end <= at - before[-1].end


# What is there on every record, and is recorded as its code: "The bar is recorded as".
_RECORDED_AS = re.compile(
    r"(?:note: )?the "
    r"(?!(?:first|second|third|last|latter|former|next|others?|later|left|right|few)\b)"
    r"(?:(?!(?:if|when|where|that|which|who|or|only|not|without|unless|of|in|for|with|at|on)\b)[\w-]+ ){1,4}"
    r"(?:of the (?:(?!(?:if|when|where|that|which|who|or|only|not|is|are|should|must)\b)[\w-]+ ){1,2})?"
    r"(?:is|are|should be|must be) (?:then |also |always )?"
    r"(?:recorded|coded|shown|classified|reported|entered|represented|told)"
    r" (?:as|with|by|to|under|through)\s+(?:the )?(?:code )?(?:a code (?:from|in|of) (?:the )?(?:category )?)?",
    re.IGNORECASE,
)


# One of several things done, each with its own line: "The resection, coded to".
_APPOSED = re.compile(
    r"the (?:[\w-]+ ){0,2}[\w-]+, (?:coded|recorded|classified|reported) (?:to|as|with|by) (?:the )?(?:code )?",
    re.IGNORECASE,
)


def strange_in(
    stretch: Stretch, made: Sequence[Expression], used: Iterable[Stretch], side: Side, source: Source
) -> str:
    """The first word of a sentence or line that no frame has and nothing of what was read explains; or empty.

    What a diagnosis is of, or what is done in a case, may be named in any words before the verb ("the tumour is
    recorded with").
    """
    nodes = [node for e in made for node in walk(e)]
    picked = [node for node in nodes if isinstance(node, Pick)]
    if not picked:
        return ""
    places = [words.span() for words in used]
    places += [
        (node.condition.citation.start, node.condition.citation.end)
        for node in nodes
        if isinstance(node, When) and isinstance(node.condition.citation, Citation)
    ]
    places += [
        (node.citation.start, node.citation.end)
        for node in nodes
        if isinstance(node, Unnamed) and isinstance(node.citation, Citation)
    ]
    if stretch.span() in places:
        return ""  # all of it is the case that its code is for
    wide = any(not isinstance(node.selector, One) for node in picked)
    chosen = any(isinstance(node, OneOf) for node in nodes)
    free = purposes(stretch, source.phrases, chosen=chosen, wide=wide)
    first = min((spot.start for spot in spots(stretch.text)), default=0)
    in_free = all(isinstance(e, When | Optional) for e in made)
    in_case = in_free and source.phrases.verb(stretch.text[:first])
    main = any(source.leads(node.selector) for node in picked)
    named = not main and _RECORDED_AS.fullmatch(stretch.text[:first]) is not None
    named = named or _APPOSED.fullmatch(stretch.text[:first]) is not None
    done = _OF_OPERATION.match(stretch.text) if side is Side.PROCEDURE else None
    if done is not None and done.end() <= first:
        stretch = stretch.part(done.start("verb"), len(stretch.text))
    elif in_case or named or is_shown(stretch, nodes, source):  # what is done in the case, or shown, may be any words
        stretch = stretch.part(first, len(stretch.text))
    rest = left_over(stretch, [*places, *free], source)
    if in_free:  # a code that is denied in one case was read as such
        rest = source.phrases.patterns["not"].sub(" ", rest)
    rest = re.sub(r"\b(?:and |but )?not(?=\s*#|$)", " ", rest)
    rest = re.sub(r"\([^()#]*\)", " ", rest) if chosen or wide else rest
    verb = source.phrases.verb(rest) if side is Side.DIAGNOSIS else None
    if verb is not None and not _PERSONS.search(rest[: verb.start()]):
        rest = rest[verb.start() :]
    titles = [source.title, *(node.title for node in picked)]
    titles += [
        title for node in picked if isinstance(node.selector, One | Category) for title in titles_of(node.selector)
    ]
    rest = re.sub(r"\b[A-Z]{3,5}\b", lambda hit: " " if _is_short_for(hit[0], titles) else hit[0], rest)
    return next(iter(_strange(rest, _stems(*titles), source)), "")


def _is_short_for(letters: str, titles: Sequence[str]) -> bool:
    """Whether letters stand for words of a title ("RFA" of "radiofrequency ablation")."""
    pattern = r"\b" + r"\w{0,12}[ -]?".join(letters)
    return any(re.search(pattern, title, re.IGNORECASE) for title in titles)


# What words below a category may say besides how to choose in it.
_NOT_WITHIN = ("left.odd", "left.condition", "left.instead", "left.offer", "left.contrast", "not", "past")


def strange_aside(stretch: Stretch, above: Item | None, source: Source) -> str:
    """The first word of a bracket on a line of its own that is neither of the frame nor of a title above; or empty."""
    if any(source.phrases.find(kind, stretch.text) for kind in ("remark", "fallback", "boilerplate", "neutral")):
        return ""
    if source.phrases.whole("bracket.idle", stretch.text.strip("() .")):
        return ""
    if above is not None and all(not isinstance(pick.selector, One) for pick in picks(above.expression)):
        within = not any(source.phrases.find(kind, stretch.text) for kind in _NOT_WITHIN)
        if within and not re.search(r"\b(?:codes?|all|both|every|each of)\b", stretch.text, re.IGNORECASE):
            return ""  # it tells how to choose in the category or range
    titles = [pick.title for pick in picks(above.expression)] if above is not None else []
    return next(iter(_strange(stretch.text, _stems(source.title, *titles), source)), "")


# A sentence about the codes above, which is no case: "Each is completed by".
_SAID_OF = re.compile(
    r"(?:each|every one|all|both|either|they|these|those|this|it)(?: (?:of (?:them|these)|codes?|lines?))?"
    r" (?:is|are|was|must|should|may|can|has|have|takes?|gets?|needs?|requires?)\b",
    re.IGNORECASE,
)


def report_openers(rows: Sequence[Row], source: Source) -> None:
    """Ask where nothing shows that a line over a list is the heading of a variant, or what a lead-in of it asks."""
    for side in Side:
        own = [row for row in rows if row.side is side]
        if own and own[0].kind == "head" and sum(row.kind == "head" for row in own) == 1:
            continue  # it stands over all there is
        titles = [pick.title for row in own if isinstance(row.value, Item) for pick in picks(row.value.expression)]
        for head in (row.value for row in own if isinstance(row.value, Head)):
            told = _SAID_OF.match(head.stretch.text)
            if told is not None and not head.part and not source.lexicon.stated_in(head.stretch.text):
                source.warn("KG-W0219", f'"{head.stretch.text}" is read as the heading of a variant', head.stretch)
        strange = strange_heads([row.value for row in own if isinstance(row.value, Head)], titles, source)
        for head in strange if not _are_labels(own, strange) else ():
            source.warn("KG-W0219", f'"{head.stretch.text}" is read as the heading of a variant', head.stretch)
    for i, row in enumerate(rows):
        lead = row.value
        if not isinstance(lead, Lead) or lead.case is lead.stretch:
            continue
        behind = any(before.kind == "item" and before.side is row.side for before in rows[:i])
        if (behind or not lead.one) and (word := strange_in_lead(lead, source)):
            source.warn("KG-W0218", f'"{word}" is known in no place like this', lead.stretch)


def _are_labels(own: Sequence[Row], strange: Sequence[Head]) -> bool:
    """Whether all headings are labels on the line of a main code each, most of them plainly of variants."""
    at = [i for i, row in enumerate(own) if isinstance(row.value, Head)]
    below = [own[i + 1].value if i + 1 < len(own) else None for i in at]
    labels = all(isinstance(row.value, Head) and row.value.run_in for row in (own[i] for i in at))
    return labels and 2 * len(strange) < len(at) and all(isinstance(v, Item) and v.leads for v in below)


_AT_TIMES = ("at-times", "condition", "condition.no-opening", "may", "not")
_AND_THIS = re.compile(
    r"(?:notes?: )?(?:the|its|their|this|these)\b[^:;]*?,? and (?=(?:this|that|it) (?:is|must|should|has|needs)\b)",
    re.IGNORECASE,
)


def strange_in_lead(lead: Lead, source: Source) -> str:
    """The first word of a lead-in that no frame has, but for what it says the choice depends on; or empty."""
    text = lead.stretch.text
    said = source.phrases.patterns["lead.possible"].sub(" ", text)
    if not (lead.optional or lead.case or lead.condition) and (may := source.phrases.find("may", said)) is not None:
        return may[0]  # it offers something that was read as asked for
    if lead.condition is not None:
        start = text.find(lead.condition.text)
        text = f"{text[:start]} {text[start + len(lead.condition.text) :]}" if start >= 0 else text
    told = _AND_THIS.match(text)
    if told is not None and not any(source.phrases.find(kind, told[0]) for kind in _AT_TIMES):
        text = text[told.end() :]  # what is done in every case
    text = re.sub(r"^(?:as|because|since) there (?:is|are) no [^,]*,", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=, )(?:as|because|since) [^,;:]*", " ", text, flags=re.IGNORECASE)
    text = _FREE.sub(" ", re.sub(r"'[^']+'|\"[^\"]+\"|\([^()]*\)", " ", text))
    verb = source.phrases.verb(text)
    if verb is not None and not re.search(r"\b(?:each|every|any|all|both|no|only|some)\b", text[: verb.start()], re.I):
        text = text[verb.start() :]  # what it speaks of
    if source.phrases.find("excepts", lead.stretch.text) or is_note(lead.stretch.text):
        return ""
    for kind in ("frame.lead", "lead.offers", "lead.all", "lead.refers-back"):
        text = source.phrases.patterns[kind].sub(" ", re.sub(r"\bor not\b", " ", text))
    named = (x for spot in spots(lead.stretch.text) if (x := selector_of(spot, Scheme.OPCS4)) is not None)
    titles = [title for x in named if isinstance(x, One | Category) for title in titles_of(x)]
    return next(iter(_strange(text, _stems(source.title, *titles), source)), "")


def strange_heads(heads: Sequence[Head], titles: Sequence[str], source: Source) -> list[Head]:
    """The headings that no word shows to be those of variants: no condition, no way of doing it, no part or number.

    A heading that is of a kind with another (an operation each, in the words of titles or of the document) is one.
    """
    known = _stems(source.title, *titles)

    def plain(head: Head) -> bool:
        text = head.stretch.text
        return (
            head.opens or head.conditional or head.part or head.other or head.always
            or bool(source.lexicon.named_in(text))
            or any(source.phrases.opens(kind, text) for kind in ("head.numbered", "frame.head"))
        )  # fmt: skip

    def named(head: Head) -> bool:
        text = head.stretch.text
        if source.phrases.opens("head.no", text) is not None:
            return False
        words = _WORD.findall(text.lower())
        own = [w for w in words if w not in words_of_titles() and w[:_LENGTH] not in known]
        return not own or len(own) < len(words) or text.isupper()

    def of_document(head: Head) -> bool:
        return bool(_stems(*_WORD.findall(head.stretch.text.lower())[:1]) & _stems(source.title))

    alike = [head for head in heads if plain(head) or named(head)]
    return [head for head in heads if not plain(head) and not (named(head) and (len(alike) > 1 or of_document(head)))]


def is_empty(condition: str, source: Source) -> bool:
    """Whether words taken for a condition are all of the frame, so that they name no case ("Each with")."""
    if any(source.phrases.find(kind, condition) for kind in ("optional", "fallback", "frame.case", "condition.then")):
        return False
    if source.lexicon.fact(condition) is not None:
        return False
    return not re.search(r"\d", condition) and not any(True for _ in _strange(condition, frozenset(), source))


def _strange(text: str, known: frozenset[str], source: Source) -> Iterable[str]:
    letters = list(text)
    for hit in (hit for kind in _KNOWN_KINDS for hit in source.phrases.patterns[kind].finditer(text)):
        letters[hit.start() : hit.end()] = " " * (hit.end() - hit.start())
    rest = re.sub(r"\b[A-Z]{3,}\w*\d\S*", " ", "".join(letters))  # names of standards
    return (w for w in _WORD.findall(rest.lower()) if len(w) > 1 and w[:_LENGTH] not in known)


def _stems(*texts: str) -> frozenset[str]:
    return stems(*texts, letters=_LENGTH)
