"""Files of decisions: what a person decided about one document, kept beside it as YAML and put under version control.

`IPG369.txt.decision.yaml` belongs to `IPG369.txt`. The file holds what was decided as an expression, not as the rank of
a reading: a later version of the reader that ranks otherwise changes nothing. Citations are not in it; they are found
again in the document, which is known by its SHA-256 (`kg.guidance.decided`).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from kg.codes import Scheme, Selector
from kg.errors import KgError, Place, nearest
from kg.expression.nodes import Expression, Pick
from kg.expression.notation import read_expression, write_expression
from kg.expression.recommendation import ConceptMention, Decision, Reading, Side, Verb
from kg.facets import load_lexicon
from kg.guidance.marked import Marked, load_marked
from kg.guidance.reading import bytes_of

SUFFIX = ".decision.yaml"
_LONGEST = 1_000_000
_KEYS = ("decision", "guidance", "document", "sha256", "by", "date", "why", "reading", "of", "recommendation")
_NEEDED = tuple(key for key in _KEYS if key not in ("reading", "of"))
_HOLDS = ("title", "opcs_version", "snomed", "procedure", "diagnosis")
_CONCEPT = ("id", "term", "section", "condition")
_OF_NODE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("code", "category", "range", "chapter"), ("title",)),
    "all_of": ("sequenced",),
    "one_of": ("ranked",),
    "when": ("facet", "value", "then"),
    "optional": (),
    "unnamed": (),
}


At = tuple[str | int, ...]
"""Where something stands in a file: keys, and numbers in lists."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A file of a decision as a value.

    `document` is the name and `digest` the SHA-256 of the document that it was made on. `reading` holds from then on;
    `concepts`, `title` and `opcs_version` too where they are told, else those of the document do. `rank` of `among`
    tells which of the document's readings was chosen, for people: nothing depends on it.
    """

    decision: Decision
    guidance: str
    document: str
    digest: str
    reading: Reading
    concepts: tuple[ConceptMention, ...] | None = None
    title: str | None = None
    opcs_version: str | None = None
    rank: int | None = None
    among: int | None = None


def is_decision(path: Path) -> bool:
    """Whether the name is that of a decision's file."""
    return path.name.lower().endswith((SUFFIX, ".decision.yml"))


def beside(document: Path) -> Path:
    """Where the decision on a document is kept."""
    return document.with_name(f"{document.name}{SUFFIX}")


# ---- writing


def write_decided(d: Decided) -> str:
    """The text of a decision's file; `read_decided` gives the same value back, without citations.

    Raises:
        KgError: KG-E0102 for characters that no file can hold.
    """
    import yaml

    optional = {"reading": d.rank, "of": d.among}
    holds: dict[str, Any] = {"title": d.title, "opcs_version": d.opcs_version}
    if d.concepts is not None:
        holds["snomed"] = [
            {"id": c.id, "term": c.term, "section": c.side.value, **({"condition": c.condition} if c.condition else {})}
            for c in d.concepts
        ]
    tree: dict[str, Any] = {
        "decision": d.decision.verb.value,
        "guidance": d.guidance,
        "document": d.document,
        "sha256": d.digest,
        "by": d.decision.by,
        "date": d.decision.on,
        "why": d.decision.why,
        **{key: value for key, value in optional.items() if value is not None},
        "recommendation": {
            **{key: value for key, value in holds.items() if value is not None},
            "procedure": _bare(write_expression(d.reading.procedure)),
            "diagnosis": _bare(write_expression(d.reading.diagnosis)),
        },
    }
    head = "# How a document is read, as a person decided. It holds while the document has this SHA-256.\n"
    text: str = yaml.dump(
        tree, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
    )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise KgError("KG-E0102", "a text holds bytes that are no characters", hint="Write it in UTF-8.") from None
    return head + text


def _dumper() -> Any:
    """A dumper that never abbreviates: an expression that stands twice is written twice."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        # The library loses odd breaks (U+0085) and blanks at the ends of what it does not put in double quotes.
        plain = value.isprintable() and value == value.strip()
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

    Plain.add_representer(str, text)
    return Plain


def _bare(node: Any) -> Any:
    """JSON of an expression without its citations."""
    if isinstance(node, dict):
        return {k: _bare(v) for k, v in node.items() if k not in ("citation", "condition_citation")}
    return [_bare(each) for each in node] if isinstance(node, list) else node


# ---- reading


def load_decided(path: Path) -> Decided:
    """The decision in a file. Its day has been, wherever on earth it was made.

    Raises:
        KgError: KG-E0201, KG-E0205, or as `read_decided`.
    """
    data = bytes_of(path)
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise KgError("KG-E0215", "not a decision: not UTF-8", where=Place(str(path), line)) from None
    decided = read_decided(text, str(path))
    if has_not_been(decided.decision.on):
        raise _File(str(path), text).fault(("date",), f"{decided.decision.on} has not been yet")
    return decided


def has_not_been(day: datetime.date) -> bool:
    """Whether a day has not begun anywhere."""
    return day > datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=14))).date()


def read_decided(text: str, source: str) -> Decided:
    """The decision in the text of a file; `source` is the file's path, told in errors.

    Raises:
        KgError: KG-E0215 with line and column of what is not as docs/reading.md says; the error of a code at its place.
    """
    file = _File(source, text)
    if len(text) > _LONGEST:
        raise file.fault((), f"it has more than {_LONGEST:,} characters")
    root = file.keys((), _KEYS, _NEEDED)
    verb = file.one_of(("decision",), tuple(Verb))
    day = root["date"]
    if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
        raise file.fault(("date",), "the date is not a day", "Write it as 2026-11-21.")
    digest = file.text(("sha256",))
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise file.fault(("sha256",), "not a SHA-256: 64 figures and letters a to f")
    numbers = file.numbers(Verb(verb))
    at = ("recommendation",)
    holds = file.keys(at, _HOLDS, ())
    if not {"procedure", "diagnosis"} & set(holds):
        raise file.fault(
            at, "it has neither procedure nor diagnosis", "Write null for a side of which nothing is said."
        )
    sides = {side: file.expression((*at, side.value), side.scheme) for side in Side}
    concepts = None
    if holds.get("snomed") is not None:
        concepts = tuple(file.concept((*at, "snomed", n)) for n in range(len(file.items((*at, "snomed")))))
    optional = {key: file.text((*at, key)) for key in ("title", "opcs_version") if holds.get(key) is not None}
    decision = Decision(Verb(verb), file.text(("by",)), day, file.text(("why",)), PurePath(source).name)
    return Decided(
        decision,
        file.text(("guidance",)),
        file.text(("document",)),
        digest,
        Reading(sides[Side.PROCEDURE], sides[Side.DIAGNOSIS]),
        concepts,
        rank=numbers["reading"],
        among=numbers["of"],
        **optional,
    )


def refuse_misfit(text: str, source: str, id: str, printed: Callable[[Selector], bool]) -> None:
    """Refuse a decision (its file's text, which can be read) that is of another guidance than `id`, or is of a reading
    and names a code that the document does not print.

    Raises:
        KgError: KG-E0215 with the line of the slip.
    """
    file = _File(source, text)
    plain = "".join(file.text(("guidance",)).split()).lower()
    if plain != "".join(id.split()).lower():
        raise file.fault(("guidance",), f"the document is {id}", "A decision does not change the id of a guidance.")
    if file.value(("decision",)) != Verb.CORRECTED:
        for at, selector in file.leaves():
            if not printed(selector):
                hint = "Is it a slip of the pen? Else it is a correction: kg decide --correction."
                raise file.fault(at, f"a reading names {selector}, which the document does not print", hint)


class _File:
    """The values of a file of a decision, asked for by where they stand; what is wrong is told with its line."""

    def __init__(self, source: str, text: str) -> None:
        self.source, self.raw = source, text
        self.marked: Marked = load_marked(text, source, "KG-E0215")

    def fault(self, at: At, what: str, hint: str = "", *, key: bool = False) -> KgError:
        """KG-E0215 at a place of the file, or at the key there."""
        why = "A decision is written as docs/reading.md says; kg decide writes one."
        return KgError("KG-E0215", f"not a decision: {what}", where=self.marked.place(at, key=key), why=why, hint=hint)

    def value(self, at: At) -> Any:
        """What stands there; None for what does not."""
        found: Any = self.marked.value
        for step in at:
            found = found.get(step) if isinstance(found, Mapping) else found[step]
        return found

    def keys(self, at: At, known: Sequence[str], needed: Sequence[str]) -> Mapping[str, Any]:
        """An object with some keys."""
        found = self.value(at)
        name = (f'"{at[-1]}"' if isinstance(at[-1], str) else "this") if at else "the file"
        if not isinstance(found, Mapping):
            raise self.fault(at, f"{name} does not hold keys and values")
        for key in found:
            if key not in known:
                near = nearest(str(key), list(known))
                hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
                raise self.fault((*at, key), f'{name} has the unknown key "{key}"', hint, key=True)
        missing = [key for key in needed if found.get(key) is None]
        if missing:
            raise self.fault(at, f"{name} lacks {', '.join(missing)}")
        return found

    def text(self, at: At) -> str:
        """A text that is not empty."""
        found = self.value(at)
        if not isinstance(found, str):
            raise self.fault(at, f'"{at[-1]}" is not a text', "Put it in quotes.")
        if not found.strip():
            raise self.fault(at, f'"{at[-1]}" is empty')
        return found

    def number(self, at: At) -> int | None:
        """A number from 1, or None where there is none."""
        found = self.value(at)
        if found is not None and (not isinstance(found, int) or isinstance(found, bool) or found < 1):
            raise self.fault(at, f'"{at[-1]}" is not a number from 1')
        return found

    def numbers(self, verb: Verb) -> Mapping[str, int | None]:
        """Which reading was chosen, and of how many: for people, and so the more to be right."""
        found = {key: self.number((key,)) for key in ("reading", "of")}
        rank, among = found["reading"], found["of"]
        if verb is Verb.CORRECTED and (rank or among):
            raise self.fault(("reading",) if rank else ("of",), "a correction is none of the readings")
        if verb is Verb.ACCEPTED and rank not in (None, 1):
            raise self.fault(("reading",), "accept is of the first reading", "Else write decision: reading.")
        if rank and among and rank > among:
            raise self.fault(("reading",), f"there is no reading {rank} of {among}")
        return found

    def leaves(self) -> Iterator[tuple[At, Selector]]:
        """The selectors that are named, each with where it stands."""
        for side in Side:
            at = ("recommendation", side.value)
            for where, part in self._parts(at, self.value(at)):
                if isinstance(read := read_expression(_with_facets(part), side.scheme), Pick):
                    yield where, read.selector

    def one_of(self, at: At, known: Sequence[str]) -> str:
        """A word of a list."""
        found = self.value(at)
        if found not in list(known):
            raise self.fault(at, f'"{at[-1]}" is none of {", ".join(known)}')
        return str(found)

    def items(self, at: At) -> list[Any]:
        """A list."""
        found = self.value(at)
        if not isinstance(found, list):
            raise self.fault(at, f'"{at[-1]}" is not a list')
        return found

    def concept(self, at: At) -> ConceptMention:
        """A concept of the list of SNOMED CT."""
        found = self.keys(at, _CONCEPT, ("id", "section"))
        side = Side(self.one_of((*at, "section"), tuple(Side)))
        term = found.get("term")
        condition = self.text((*at, "condition")) if found.get("condition") is not None else None
        return ConceptMention(
            self.text((*at, "id")), "" if term in (None, "") else self.text((*at, "term")), side, condition
        )

    def expression(self, at: At, scheme: Scheme) -> Expression | None:
        """The expression of a side."""
        found = self.value(at)
        if found is None:
            return None
        self._strict(at, found)
        found = _with_facets(found)
        try:
            return read_expression(found, scheme)
        except KgError as fault:
            raise self._located(at, found, scheme, fault) from None

    def _strict(self, at: At, node: Any) -> None:
        """Refuse keys that an expression does not have: a word spelled wrongly must not be passed over."""
        if isinstance(node, list):
            for n, each in enumerate(node):
                self._strict((*at, n), each)
        if not isinstance(node, Mapping):
            return
        kinds = [kind for kind in _OF_NODE if kind in node]
        if len(kinds) == 1:
            self.keys(at, (kinds[0], *_OF_NODE[kinds[0]]), ())
        if ("facet" in node) != ("value" in node):
            raise self.fault(at, "a facet needs a value, and a value its facet")
        for key, below in node.items():
            self._strict((*at, key), below)

    def _located(self, at: At, node: Any, scheme: Scheme, fault: KgError) -> KgError:
        """The fault at the line of the innermost part that has it."""
        for where, part in self._parts(at, node):
            try:
                read_expression(part, scheme)
            except KgError as inner:
                if inner.id == "KG-E0302":
                    return self.fault(where, re.sub(r"^\$\S*", "this", inner.what), inner.hint)
                return inner.at(self.marked.place(where))
        return fault.at(self.marked.place(at))

    def _parts(self, at: At, node: Any) -> list[tuple[At, Any]]:
        """The objects of an expression, innermost first."""
        below: list[tuple[str | int, Any]] = []
        if isinstance(node, Mapping):
            below = [(key, node[key]) for key in ("all_of", "one_of", "optional", "then") if key in node]
        elif isinstance(node, list):
            below = list(enumerate(node))
        found = [each for key, part in below for each in self._parts((*at, key), part)]
        return found if isinstance(node, list) else [*found, (at, node)]


def _with_facets(node: Any) -> Any:
    """JSON of an expression; a condition that names no facet gets the one that its words speak of.

    One that is named stays, also "stated": what was decided does not change with the words of the facets.
    """
    if isinstance(node, list):
        return [_with_facets(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    made = {key: _with_facets(value) for key, value in node.items()}
    if isinstance(words := made.get("when"), str) and words.strip() and "facet" not in made:
        condition = load_lexicon().condition(words)
        made |= {"facet": condition.facet, "value": condition.value}
    return made


def bare_reading(reading: Reading) -> Reading:
    """A reading as a file holds it: without citations and reason."""
    made = {side: read_expression(_bare(write_expression(reading.side(side))), side.scheme) for side in Side}
    return Reading(made[Side.PROCEDURE], made[Side.DIAGNOSIS])


def bare_concepts(concepts: Sequence[ConceptMention]) -> tuple[ConceptMention, ...]:
    """Concepts as a file holds them."""
    return tuple(replace(c, citation=None, condition=c.condition or None) for c in concepts)
