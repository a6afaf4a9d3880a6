"""The words of a SPARQL query: enough of its grammar to see what is asked, add prefixes and refuse updates."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from kg.errors import KgError, Place
from kg.graph import iris

PREFIXES: Mapping[str, str] = MappingProxyType({
    **iris.PREFIXES,
    "graph": iris.GRAPH,
    "icd": iris.PREFIXES["icd10"],
    "opcs": iris.PREFIXES["opcs4"],
})  # fmt: skip
"""The prefixes that a query may use without declaring them."""

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH")
DEEPEST = 100
"""How deep brackets may be nested: the engine's parser ends the process somewhere beyond 2,000."""
LONGEST_CHAIN = 1_000
"""How often one operator may stand in a query, for the same reason."""

# Source: SPARQL 1.1 Query Language, section 19.8 (terminals); the order matters.
_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}
      |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<variable>[?$]\w+)
  | (?P<name>(?:[^\W\d_](?:[\w.\-]*[\w\-])?)?:(?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])
      (?:[\w:.\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*(?<!\.))?)
  | (?P<label>_:\w(?:[\w.\-]*[\w\-])?)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>\^\^|&&|\|\||!=|<=|>=|[{}()\[\].,;=<>!*/+\-|^?])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a query: its kind (`iri`, `string`, `variable`, `name`, `word`, `sign` …), text and place."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    """The words of a query, without blanks and comments. A character that begins none is of kind `other`."""
    return [token for token in _all_tokens(text) if token.kind not in {"blank", "comment"}]


def _all_tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        yield Token(str(found.lastgroup), found[0], found.start())


def without_comments(text: str) -> str:
    """The query with a blank for each comment, for readers that look for words in it."""
    return "".join(" " if token.kind == "comment" else token.text for token in _all_tokens(text)).strip()


def body(found: list[Token]) -> list[Token]:
    """The tokens after the declarations of base and prefixes."""
    at = 0
    while at < len(found) and found[at].kind == "word" and found[at].text.upper() in {"PREFIX", "BASE"}:
        at += 3 if found[at].text.upper() == "PREFIX" else 2
    return found[at:]


def form(text: str) -> str:
    r"""What the query asks for, a word of `FORMS`; of an update or of what is neither its first word, of nothing "".

    >>> form("PREFIX x: <http://x#> # ask\nselect * { ?s x:p ?o }")
    'SELECT'
    """
    rest = body(tokens(text))
    return rest[0].text.upper() if rest else ""


def declared(found: list[Token]) -> set[str]:
    """The prefixes that a query declares."""
    pairs = pairwise(found)
    return {
        name.text.removesuffix(":")
        for word, name in pairs
        if word.kind == "word" and word.text.upper() == "PREFIX" and name.kind == "name"
    }


def undeclared(found: list[Token]) -> list[Token]:
    """The prefixed names whose prefix is not declared."""
    known = declared(found)
    return [token for token in found if token.kind == "name" and token.text.partition(":")[0] not in known]


def missing_prefixes(text: str) -> tuple[str, ...]:
    """The known prefixes that a query uses and does not declare, sorted."""
    return tuple(sorted({token.text.partition(":")[0] for token in undeclared(tokens(text))} & PREFIXES.keys()))


def declarations(prefixes: tuple[str, ...]) -> str:
    """The declarations of known prefixes, on one line, so that line numbers stay what they are."""
    return "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}> " for prefix in prefixes)


def check_is_question(text: str, source: str) -> None:
    """Refuse what must not reach an engine: updates, and queries so deep or so long that they would end the process.

    Raises:
        KgError: KG-E0608 or KG-E0605.
    """
    _check(text, source)
    if (plain := unescaped(text)) != text:
        _check(plain, source)


def unescaped(text: str) -> str:
    r"""The query without \u escapes: engines read these before anything
    else, and a bracket or a word can be written so.
    """
    return _ESCAPE.sub(_escaped, text)


_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def _escaped(found: re.Match[str]) -> str:
    number = int(found[1] or found[2], 16)
    return chr(number) if number <= sys.maxunicode else found[0]


def _check(text: str, source: str) -> None:
    found = tokens(text)
    rest = body(found)
    if rest and rest[0].kind == "word" and rest[0].text.upper() in UPDATES:
        place = Place.in_text(source, text, rest[0].start, rest[0].end)
        why = "A store is finished when it is built; it answers questions and is never changed."
        hint = "Change the sources and build again: kg build SOURCES… --into STORE"
        raise KgError(
            "KG-E0608", f"{rest[0].text.upper()} is an update, not a question", where=place, why=why, hint=hint
        )
    depth = 0
    for token in found:
        if token.kind != "sign":
            continue
        depth += (token.text in "{([") - (token.text in "})]")
        if depth > DEEPEST:
            place = Place.in_text(source, text, token.start)
            raise KgError(
                "KG-E0605", f"the query is nested more than {DEEPEST} deep", where=place, hint="Write it flatter."
            )
    counts = Counter(token.text.upper() for token in found if token.kind == "sign" or token.text.upper() == "UNION")
    for operator in ("UNION", "||", "&&", "!", "/", "|", "+", "-", "*", "^"):
        if counts[operator] > LONGEST_CHAIN:
            what = f"the query has more than {LONGEST_CHAIN:,} times {operator}"
            raise KgError("KG-E0605", what, where=Place(source), hint="Give many values in a VALUES block.")
