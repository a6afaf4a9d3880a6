"""A list of codes, and sentences behind it that say how they combine: which exclude each other, which go together.

Only what every word of the sentences says is read here. Where one is left over, the list and its sentences are read as
any others are (kg.guidance.lists.rows), and a person is asked if the sentences parted the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from kg.expression.chosen import chosen
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When, all_of, one_of
from kg.expression.recommendation import Side
from kg.guidance.lists.spoken import SIGN, codes, spoken
from kg.guidance.page.paragraph import Paragraph, connective_of
from kg.guidance.page.prose import Stretch, sentences
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.items import read_items
from kg.guidance.parts.lines import ends_of, is_item
from kg.guidance.parts.sides import side_of
from kg.guidance.sentences.effects import Effect, Meaning

_AND = rf"{SIGN}(?:(?:, and |, | and | & ){SIGN})*"
_ANY = rf"{SIGN}(?:(?:, and |, or |, | and | or | & |/){SIGN})*"
_WITH = rf"{SIGN}(?:(?:,? followed by | together with |,? then | with | plus |, and |, | and | & ){SIGN})*"
_DONE = (
    r"(?:(?:is|are|be|must be|should be) )?(?:always |then |also |both )?"
    r"(?:recorded|assigned|used|coded|given|added|needed|required|present|chosen|selected|taken|reported|applied"
    r"|entered"
    r"|included|appended|obligatory|mandatory|compulsory|there)"
)
_EVERY = (
    r"(?:every time|each time|always|throughout|(?:in|on|for|with) (?:every|each|either|any|both|all|whichever)"
    r"(?: (?:of (?:them|these)|cases?|records?|patients?|codes?|lines?|pairs?|is (?:chosen|used|taken)))*"
    r"|with either(?: of (?:them|these))?)"
)
_ONE = (
    r"(?:exactly |only |just )?(?:either|one (?:main |of the )?(?:code |line )?(?:of|from|out of|between)"
    r"|one (?:code )?(?:is|must be|should be) (?:chosen|selected|taken|used|picked|recorded) (?:from|out of|of)"
    r"|a choice (?:is made )?(?:of|between|from))"
)
_HAS = r"(?:has|have|holds?|contains?|carr(?:y|ies)|consists? of|shows?|takes?|needs?)"
_CASE = r"(?:if|when|whenever|where|wherever)"

_APART = (
    rf"(?P<a>{_AND}) (?:are|form) (?:mutually exclusive |true )?alternatives(?: (?:to|of) (?:each other|one another))?",
    rf"(?P<a>{_AND}) (?:mutually )?exclude (?:each other|one another)",
    rf"(?P<a>{_AND}) are mutually exclusive",
    rf"(?P<a>{_AND}) (?:are never|are not|must not be|cannot be|should not be) (?:both )?"
    r"(?:recorded|used|assigned|coded|put|given) (?:together|(?:on|in) (?:one|the same) record)",
    rf"(?P<a>{SIGN} is (?:an|the) alternative (?:to|for|of) {SIGN})",
    rf"(?P<a>{_ONE} {_ANY})(?: {_DONE}| leads?| comes? first| stands? first| is the main code| opens? the record)?",
    rf"(?P<a>{SIGN}(?:(?:, | or |, or ){SIGN})* or {SIGN})(?: {_DONE}| leads?| comes? first| stands? first)",
)
_TIED = (
    rf"(?P<r>{_AND}) {_DONE} with (?P<w>{SIGN}) only", rf"(?P<r>{_AND}) {_DONE} only with (?P<w>{SIGN})",
    rf"(?P<r>{_AND}) (?:only )?(?:goes|go|belongs?|stands?) (?:only )?with (?P<w>{SIGN})(?: only| alone)",
    rf"(?P<r>{_AND}) only (?:goes|go|belongs?|stands?) (?:with|to) (?P<w>{SIGN})",
    rf"(?P<r>{_AND})(?: {_DONE})? only {_CASE} (?P<w>{SIGN}) {_DONE}",
    rf"(?P<r>{_AND})(?: {_DONE}| (?:follows?|accompan(?:y|ies)|joins?) (?:it|them|either|this)| applies)?"
    rf",? (?:only |but only )?(?P<c>{_CASE} [^;:\ue000-\ue0ff]+)",
    rf"(?P<c>{_CASE} [^,;:\ue000-\ue0ff]+), (?P<r>{_AND}) {_DONE}(?: too| as well| also| in addition)?",
)  # fmt: skip
_LABELS = (
    rf"(?P<l>{SIGN}) (?:is |stands )?(?P<c>(?:for|in|with|after|if|when|where) [^;:\ue000-\ue0ff]+)",
    rf"(?P<c>[^;:,()\ue000-\ue0ff]{{2,60}}): (?P<l>{SIGN})(?=[;,.)]|$)",
)
_KEPT = (
    rf"{_AND} {_DONE}(?: {_EVERY})?",
    rf"{_AND} (?:accompan(?:y|ies)|follows?|goes? with|completes?|(?:stands?|comes?) (?:after|behind|with))"
    rf" (?:the (?:chosen|selected) (?:code|one)|the main code|it|them|each(?: of them)?|either(?: of them)?|{_ANY})",
    rf"(?:is |are |both |each )*(?:followed by|together with|along with|accompanied by|plus|with) {_AND}",
    rf"(?:all|every|each) (?:records?|patients?) {_HAS} {_WITH}",
    rf"{_AND} (?:belongs?|stands?|goes?|comes?|is|are) (?:in|on|to|with) (?:all|every|each) (?:records?|case)",
    _WITH,  # behind "every record has"
)
_OPENS = (
    r"how the(?:se)? codes (?:combine|are combined|go together)", r"of (?:these|them|the codes above)", r"among these",
    rf"(?:a|the|each|every) record {_HAS}(?: both)?", r"in (?:a|the|each|every) record", r"here", r"thus", r"so",
)  # fmt: skip
_IDLE = (
    r"(?:only )?one (?:of (?:them|these|the two|the three) )?is (?:chosen|selected|taken|used|recorded)",
    r"(?:not|never) both",
    r"never together",
    r"never mixed",
    r"(?:according to|depending (?:up)?on|by|to suit) (?:the |what |which |how )?[^,;:.()\ue000-\ue0ff]+",
    r"they (?:are combined|combine|go together|form groups) (?:in|as) (?:two|three|four|\d) (?:ways|groups)",
    r"the (?:two|three|four)? ?(?:pairs|combinations|groups|sets) (?:are|must) never (?:be )?(?:mixed|joined)",
)
_GAP = re.compile(r"[ ,;:.()]*(?:(?:and|but|while|whereas|then)\b(?=[ ,]))?[ ,;:.()]*", re.IGNORECASE)
_BOTH = re.compile(
    rf"(?:(?:two|three|four) (?:combinations|groups|pairs|sets)(?: of codes)? (?:are possible|exist|can be recorded)"
    rf"|(?:a|the|each|every) record {_HAS} either|either)[:,]? (?P<all>{_WITH}(?:(?:,|;)? or (?:else )?{_WITH})+)",
    re.IGNORECASE,
)
# "A and B are for the one case, C for the other"; "the one case has A and B, the other C".
_WORDS = r"[^;:,.()\ue000-\ue0ff]+?"
_FOR_CASES = re.compile(
    rf"(?:note: )?(?P<one>{_WITH}) (?:is|are|goes?|stands?)(?: used| recorded| meant)? for (?P<c1>{_WORDS})"
    rf"(?:[,;]? (?:and|while|whereas) |[,;] )(?P<two>{_WITH}) (?:(?:is|are|goes?|stands?)(?: used| recorded"
    rf"| meant)? )?for (?P<c2>{_WORDS})",
    re.IGNORECASE,
)
_CASES_HAVE = re.compile(
    rf"(?:note: )?(?P<c1>(?:the|an?) {_WORDS}) {_HAS} (?P<one>{_WITH})(?:[,;]? (?:and|while|whereas) |[,;] )"
    rf"(?P<c2>(?:the|an?) {_WORDS}) (?:{_HAS} )?(?P<two>{_WITH})",
    re.IGNORECASE,
)
_OF_CASE = re.compile(
    rf"(?P<c>[^:;,.()\ue000-\ue0ff]{{3,80}}?)(?:: ?|, | )(?P<all>{_WITH})"
    rf"(?: (?:{_DONE}|belong|go|stand)(?: together| in this order)?)?",
    re.IGNORECASE,
)
# What opens no case.
_NO_CASE = re.compile(
    r"\b(?:either|one|both|all|each|every|any|only|not|never|no|always|also|or|followed|note|records?|codes?|combin\w*"
    r"|alternatives?|may|can|is|are|has|have)\b(?! (?:operation|patient|procedure|approach)s?\b)",
    re.IGNORECASE,
)
_PLACED = re.compile(r"\b(?:one (?:code )?of|either of) the (?:first|last) (?:two|three|four)\b", re.IGNORECASE)
_OF_PAIR = re.compile(
    r"\bthe (?:(?P<one>first|former)|(?P<two>second|latter))(?: (?:code|one))?(?= (?:is |stands )?for\b)"
)


@dataclass(slots=True)
class _Told:
    """What the sentences say of the listed codes, by their place in the list."""

    choices: list[set[int]] = field(default_factory=list)
    labels: dict[int, Stretch] = field(default_factory=dict)
    cases: dict[int, tuple[Condition, Stretch]] = field(default_factory=dict)
    pairs: list[tuple[Stretch | None, list[int], Stretch]] = field(default_factory=list)

    def parts(self) -> bool:
        """Whether anything but a plain list was told."""
        return bool(self.choices or self.cases or self.pairs)


def combined(lines: Sequence[Paragraph], side: Side, source: Source) -> tuple[Meaning, int]:
    """What a list and the sentences right behind it say, and how many lines they are: none of other lines.

    A sentence that parts the list and was not read with those about it is asked about.
    """
    asked = source.asked()
    count, nodes = _listed(lines, side, source)
    own = [node.selector for node in nodes]
    told = _Told()
    if len(nodes) > 1 and len(set(own)) == len(own):
        count, doubted = _behind(lines, count, told, nodes, source)
        ored = any(connective_of(line.text, source.phrases) for line in lines[:count])
        if ored and not told.pairs:
            told, doubted = _Told(), None
        made = _made(told, nodes, source) if told.parts() and doubted is None else None
        if made is not None:
            return Meaning((Effect("add", side, lines[0].stretch, made),)), count
    else:
        doubted = None
    del source.warnings[asked[0] :]
    source.review = asked[1]
    if doubted is not None or told.parts():
        over = doubted or lines[0].stretch
        source.warn("KG-W0202", "not said how the codes of the list above combine", over)
    return Meaning((), "remark"), 0


def _behind(
    lines: Sequence[Paragraph], count: int, told: _Told, nodes: Sequence[Pick], source: Source
) -> tuple[int, Stretch | None]:
    """How many lines are the list and what was read behind it, and a sentence that parts it and was not read."""
    for line in lines[count:]:
        said = [(part, spoken(part, nodes, source)) for part in sentences(line.stretch)]
        read = [words is not None and _read(words, told, nodes, source) for _, words in said]
        if not all(read):
            parts = told.parts() and any(read)
            odd = (part for (part, words), done in zip(said, read, strict=True) if words is not None and not done)
            return count, next((part for part in odd if parts or _PLACED.search(part.text)), None)
        count += 1
    return count, None


def _listed(lines: Sequence[Paragraph], side: Side, source: Source) -> tuple[int, list[Pick]]:
    """How many lines list codes, with a lead-in over them that asks for nothing, and the codes."""
    nodes: list[Pick] = []
    for at, line in enumerate(lines):
        over = line.text.endswith(":") and not nodes and at == 0 and not spots(line.text)
        if over and not any(source.phrases.find(kind, line.text) for kind in ("lead.one", "condition", "may", "not")):
            continue
        if (how := connective_of(line.text, source.phrases)) is not None:
            if how != "or" or not nodes:
                return 0, []
            continue  # what the sentences must part the list by
        lead, label, stretch, tail = ends_of(line.stretch, source.phrases)
        if not stretch.text or not is_item(stretch, source.phrases):
            return at, nodes
        if label is not None and nodes:
            return at, nodes  # a case, and the listed codes of it
        named = label is None or re.fullmatch(r"(?:the )?codes? *:", label.text, re.IGNORECASE) is not None
        if lead or tail or not named:
            return 0, []
        if any(side_of(spot, stretch, side, source) is not side for spot in spots(stretch.text)):
            return 0, []
        for item in read_items(stretch, side.scheme, source):
            own = item.expression.parts if isinstance(item.expression, AllOf) else (item.expression,)
            if not all(isinstance(x, Pick) for x in own):
                return 0, []
            nodes += [x for x in own if isinstance(x, Pick)]
    return len(lines), nodes


def _read(stretch: Stretch, told: _Told, nodes: Sequence[Pick], source: Source) -> bool:
    """Whether each word of a sentence was understood; what it says is kept in `told`."""
    text = stretch.text.rstrip(" .")
    apart = _FOR_CASES.fullmatch(text) or _CASES_HAVE.fullmatch(text)
    if apart is not None and len(codes(apart["one"])) + len(codes(apart["two"])) > len("AB"):
        for own, case in (("one", "c1"), ("two", "c2")):
            told.pairs.append((stretch.part(apart.start(case), apart.end(case)), codes(apart[own]), stretch))
        return True
    if (whole := _BOTH.fullmatch(text)) is not None:
        told.pairs += [(None, codes(own), stretch) for own in re.split(r"\bor\b", whole["all"])]
        return True
    case = _OF_CASE.fullmatch(text)
    if case is not None and _NO_CASE.search(case["c"]) is None and " or " not in case["all"]:
        told.pairs.append((stretch.part(case.start("c"), case.end("c")), codes(case["all"]), stretch))
        return True
    return all(_clause(clause, told, nodes, stretch, source) for clause in _clauses(stretch, told))


def _clauses(stretch: Stretch, told: _Told) -> Iterator[tuple[str, re.Match[str]] | None]:
    """The clauses of a sentence from left to right, each with what it is; None where the words are of none."""
    text = stretch.text
    at = _end(_GAP.match(text))
    while at < len(text):
        own = {i for choice in told.choices for i in choice}
        pair = _OF_PAIR.match(text, at)
        while hits := [hit for p in _OPENS if (hit := _compiled(rf"{p}\b").match(text, at))]:
            at = _end(_GAP.match(text, hits[0].end()))
        kinds = {"tied": _TIED, "label": _LABELS, "apart": _APART, "kept": _KEPT, "idle": _IDLE}
        found = None
        for kind in ("label", "apart", "tied", "kept", "idle"):
            hits = [hit for p in kinds[kind] if (hit := _matched(p, text, at)) is not None]
            if kind == "label":
                hits = [hit for hit in hits if set(codes(hit["l"])) <= own]
            if hits:
                found = kind, max(hits, key=lambda hit: hit.end())
                break
        if found is None and pair is not None and own:
            rest = re.compile(r"[^;:,]+?(?= and the (?:second|latter)\b|[;,.]|$)").match(text, pair.end())
            at = _end(_GAP.match(text, _end(rest)))
            continue
        yield found
        if found is None:
            return
        at = _end(_GAP.match(text, found[1].end()))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _end(hit: re.Match[str] | None) -> int:
    return hit.end() if hit is not None else 0


def _matched(pattern: str, text: str, at: int) -> re.Match[str] | None:
    """What a pattern matches at a place where it ends a clause, longest first."""
    hit = _compiled(rf"{pattern}(?=[ ,;:.()]*$| ?[,;:.()]| and\b| but\b)").match(text, at)
    if hit is None or "c" not in hit.re.groupindex or hit["c"] is None:
        return hit
    # A case goes up to the next clause, and its "and" belongs to that.
    behind = re.search(r"(?:,? (?:and|but|while|whereas)|,)(?: only)?\s*$", hit["c"])
    follows = re.match(SIGN, text[hit.end() :].lstrip(" ,"))
    if behind is None or follows is None:
        return hit
    return _compiled(pattern).match(text, at, hit.start("c") + behind.start())


def _clause(
    clause: tuple[str, re.Match[str]] | None, told: _Told, nodes: Sequence[Pick], stretch: Stretch, source: Source
) -> bool:
    if clause is None:
        return False
    kind, hit = clause
    match kind:
        case "apart":
            own = set(codes(hit["a"]))
            if len(own) < 2 or any(own & other and own != other for other in told.choices):
                return False
            told.choices += [own] if own not in told.choices else []
        case "label":
            told.labels[codes(hit["l"])[0]] = _part(stretch, hit)
        case "tied":
            words = hit.groupdict()
            if words.get("w"):
                condition = Condition.stated(chosen([str(nodes[codes(hit["w"])[0]].selector)]), source.cite(stretch))
            else:
                condition = source.condition(_part(stretch, hit))
            for i in codes(hit["r"]):
                if i in told.cases:
                    return False
                told.cases[i] = condition, stretch
        case _:
            pass
    return True


def _part(stretch: Stretch, hit: re.Match[str]) -> Stretch:
    return stretch.part(hit.start("c"), hit.start("c") + len(hit["c"].rstrip(" .,;:")))


def _made(told: _Told, nodes: Sequence[Pick], source: Source) -> Expression | None:
    """The list with what was told of it; None where that does not fit together."""
    parts: list[Expression] = []
    if told.pairs:
        named = {i for _, own, _ in told.pairs for i in own}
        if len(told.pairs) < 2 or told.choices or set(told.cases) & named:
            return None
        branches: list[Expression] = []
        for words, own, stretch in told.pairs:
            cite = source.cite(stretch)
            whole = AllOf(tuple(nodes[i] for i in own), citation=cite) if len(own) > 1 else nodes[own[0]]
            branches.append(When(source.condition(words), whole, cite) if words is not None else whole)
        parts.append(OneOf(tuple(branches), citation=source.cite(told.pairs[0][2])))
    else:
        named = set()
    if any(set(told.cases) & choice for choice in told.choices):
        return None
    for i, node in enumerate(nodes):
        choice = next((own for own in told.choices if i in own), None)
        if i in named or (choice is not None and i > min(choice)):
            continue
        if choice is not None:
            own = [_labelled(j, told, nodes, source) for j in sorted(choice)]
            parts += [x for x in [one_of(own)] if x is not None]
        elif i in told.cases:
            condition, stretch = told.cases[i]
            parts.append(When(condition, node, source.cite(stretch)))
        else:
            parts.append(node)
    return all_of(parts)


def _labelled(at: int, told: _Told, nodes: Sequence[Pick], source: Source) -> Expression:
    words = told.labels.get(at)
    return nodes[at] if words is None else When(source.condition(words), nodes[at], source.cite(words))
