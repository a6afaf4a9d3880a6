"""Codes of a line or sentence that connectives join."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Chapter, Scheme
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of
from kg.guidance.parts.joints import CASED, CODE_OF, FILLER, ONE_OF, OTHERWISE, TAIL, joint


def groups(
    stretch: Stretch, found: Sequence[Spot], scheme: Scheme, source: Source, new: set[int] | None = None
) -> list[tuple[list[Spot], list[str]]]:
    """Codes that are joined by connectives, and the connectives; a comma counts as the connective that ends its list.

    A verb between two codes parts them. In a sentence (`new`: where its new codes stand) a comma does not join a new
    code to a listed one, nor "with" to a listed main code, which says what the new one goes with.
    """
    made: list[tuple[list[Spot], list[str]]] = []
    for i, spot in enumerate(found):
        how = None
        if i:
            gap = CODE_OF.sub("", stretch.text[found[i - 1].end : spot.start])
            how = joint(gap) if gap.count("(") <= gap.count(")") else None
            if how not in {"OR", "EITHER"} and OTHERWISE.search(gap):
                how = "OR" if new is None else None  # "A or with B" offers a code as "A or by B" does
            cased = CASED.search(gap)
            if cased is not None and (new is None or cased["word"].lower() == "or"):
                how = "OR" if cased["word"].lower() == "or" else "AND_THEN"
                gap = gap[: cased.start("case")]
            if new is None and how == "COMMA" and re.search(r"[,)]\s*(?:or|and|plus|either)\b", gap):
                how = None  # other words stand between the connective and the code
            tail = TAIL.search(gap)
            behind = stretch.text[found[i - 1].end :]
            alone = tail is not None and not _goes_with(behind, tail, source)
            if (tail is not None and alone and source.phrases.verb(_BRACKET.sub(" ", gap[: tail.start()]))) or (
                new is not None
                and (found[i - 1].start in new) != (spot.start in new)
                and (how == "COMMA" or (how in {"AND", "AND_THEN"} and _is_main(found[i - 1 : i + 1], new, source)))
            ):
                how = None
            said = gap[: tail.start()] if tail else gap
            if (
                new is not None
                and ";" in gap
                and how in {"AND", "COMMA"}
                and _has_own(stretch.text[spot.end :], source)
            ):
                how = None  # a clause that offers its code, or ties it to a case
            clause = how in {"AND", "COMMA", "OR"} or _CLAUSE.search(gap) is not None
            if new is not None and clause and source.phrases.find("apart", said):
                how = None  # each code of the sentence has its own case
            if new is not None and how in {"AND", "COMMA"} and _is_offered_alone(stretch, found[0], spot, gap, source):
                how = None  # "A is recorded, and B is optional"
            if new is not None and how is None and OTHERWISE.search(gap):
                _take_apart(made, spot, gap, stretch, scheme, source)
        if (
            how == "AND"
            and "OR" in made[-1][1]
            and re.search(r",\s*and\b", stretch.text[found[i - 1].end : spot.start], re.I)
        ):
            how = "THEN"  # "A or B, and C"
        if how is None:
            made.append(([spot], []))
        else:
            made[-1][0].append(spot)
            made[-1][1].append(how)
    for own, joints in made:
        for i in reversed(range(len(joints))):
            if joints[i] == "COMMA":
                last = joints[i + 1] if i + 1 < len(joints) else "AND"
                apart = scheme is Scheme.OPCS4 and own[i].letter not in "YZ" and own[i + 1].letter in "YZ"
                if apart and last == "OR":
                    source.warn("KG-W0202", "a comma before a choice: read as going with it", stretch, own[i].end)
                joints[i] = "AND_THEN" if apart and last == "OR" else last
        for i in range(1, len(own)):
            if ONE_OF.search(stretch.text[own[i - 1].end : own[i].start]):
                joints[i - 1] = joints[i - 1] if joints[i - 1] == "OR" else "AND_THEN"
                joints[i:] = ["OR" if how == "AND" else how for how in joints[i:]]
    return made


_BRACKET = re.compile(r"\([^()]*\)")


def _is_offered_alone(stretch: Stretch, first: Spot, spot: Spot, gap: str, source: Source) -> bool:
    """Whether a code behind a comma has a verb of its own that offers it, and those before it have theirs."""
    own = re.search(r"\s(?:is|may|can|could|might)\b[^,;]*$", stretch.text[spot.end :].partition(";")[0])
    told = source.phrases.verb(stretch.text[: first.start]) is not None
    return told and "," in gap and own is not None and source.phrases.find("may", own[0]) is not None


# "and with", "and to": the verb of the code before it, said again.
_CLAUSE = re.compile(rf"\band (?:with|by|to|as|under)\s+{FILLER}['\"]?$", re.IGNORECASE)


def _goes_with(behind: str, tail: re.Match[str], source: Source) -> bool:
    """Whether a code goes with the one before it in the same case ("if there is one, A is recorded, followed by B").

    Not where a condition stands between them or behind: "A is recorded, followed by B if there is one".
    """
    joins = re.match(r"(?:followed|together|along)\b", tail["word"] or "", re.IGNORECASE) is not None
    return joins and source.phrases.find("condition", behind) is None


def _has_own(behind: str, source: Source) -> bool:
    """Whether the words behind a code, to the end of its clause, offer it, deny it or name a case of it."""
    clause = behind.partition(";")[0]
    return any(source.phrases.find(kind, clause) for kind in ("may", "condition", "not", "instead"))


def _take_apart(
    made: list[tuple[list[Spot], list[str]]], spot: Spot, gap: str, stretch: Stretch, scheme: Scheme, source: Source
) -> None:
    """Part the last code from those before it where "or" offers the next in its place only ("A, with B or with C")."""
    own, joints = made[-1]
    if not joints or joints[-1] != "AND_THEN":
        return
    first, after = selector_of(own[0], scheme), selector_of(spot, scheme)
    again = re.search(rf"\bor,?\s+(?:also\s+)?(?:by|with)\s+{FILLER}['\"]?$", gap, re.IGNORECASE)
    lone = first is not None and after is not None and source.leads(first) and not source.leads(after)
    if again or (scheme is Scheme.OPCS4 and lone):
        made.append(([own.pop()], []))
        joints.pop()
    elif scheme is Scheme.ICD10:
        source.warn("KG-W0202", "not said whether Or parts all codes before it or only the last", stretch, spot.start)


def _is_main(pair: Sequence[Spot], new: set[int], source: Source) -> bool:
    """Whether the listed one of two codes is a main code of the procedure, or the site."""
    listed = next((spot for spot in pair if spot.start not in new), None)
    selector = selector_of(listed, Scheme.OPCS4) if listed is not None else None
    return selector is not None and (source.leads(selector) or isinstance(selector, Chapter))
