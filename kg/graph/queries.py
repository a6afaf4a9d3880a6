"""The library of named queries (`queries/answer/*.rq`): their headers, and values put into them.

A query file is SPARQL 1.1 as it stands, to be run in any tool: its header tells what it asks, and each parameter has
one line `VALUES ?name { example }` that `fill` writes anew. All data are in named graphs, so that every query says
GRAPH.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kg import resources
from kg.errors import KgError, Place, nearest
from kg.graph import sparql
from kg.graph.parameters import KINDS, Term, written

FOLDER = "queries/answer"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a query asks for; `kind` is a key of `KINDS`. Left out, an optional one means "any"."""

    name: str
    kind: str
    description: str
    example: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A named query: what its header says, and its text."""

    name: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    returns: tuple[str, ...]
    see: str
    text: str

    @property
    def example(self) -> str:
        """A command that runs it."""
        given = [
            f'{p.name}="{p.example}"' if re.search(r"\s", p.example) else f"{p.name}={p.example}"
            for p in self.parameters
            if not p.optional
        ]
        return " ".join(["kg query", self.name, *given])


@dataclass(frozen=True, slots=True)
class Question:
    """A query ready to be put to any engine.

    `text` is complete; `source` names it in messages; `added` are the prefixes that were declared for the writer;
    `asked` are the values that were put in, each with the terms that it can mean.
    """

    source: str
    original: str
    added: tuple[str, ...] = ()
    asked: tuple[tuple[Parameter, str, tuple[Term, ...]], ...] = ()

    @property
    def text(self) -> str:
        """The whole query, with the prefixes that it needs."""
        return sparql.declarations(self.added) + self.original

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE (or whatever else its first word is)."""
        return sparql.form(self.original)


@cache
def library() -> tuple[Query, ...]:
    """All named queries, by name.

    Raises:
        KgError: KG-E0703 (no such folder), KG-E0606 (a header that is not one).
    """
    return tuple(read_query(path) for path in sorted(resources.path(FOLDER).glob("*.rq"), key=lambda path: path.stem))


def named(name: str) -> Query:
    """The query of a name; case and underscores do not matter.

    Raises:
        KgError: KG-E0602, with the nearest names.
    """
    plain = name.strip().lower().replace("_", "-").removesuffix(".rq")
    for query in library():
        if query.name == plain:
            return query
    names = [query.name for query in library()]
    near = nearest(plain, names) or [other for other in names if plain and plain in other][:3]
    hint = f"Did you mean {' or '.join(near)}?" if near else "kg query --list lists them."
    raise KgError("KG-E0602", f'no query is called "{name}"', hint=hint)


def ad_hoc(text: str, source: str = "query") -> Question:
    """A question in the user's own SPARQL. Known prefixes that it does not declare are added, and told in `added`.

    Raises:
        KgError: KG-E0605 (empty, too deep, too long), KG-E0608 (an update).
    """
    text = text.removeprefix("\ufeff")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise KgError("KG-E0605", "the query is not text in UTF-8", where=Place(source))
    sparql.check_is_question(text, source)
    return Question(source, text, sparql.missing_prefixes(text))


def fill(query: Query, values: Mapping[str, str | Sequence[str]]) -> Question:
    """The question that a named query is with these values; several values for one parameter mean any of them.

    Raises:
        KgError: KG-E0603 (one is missing, or there is no such parameter), KG-E0604 (a value that is none of its type).
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in values:
        if name not in known:
            raise _no_such_parameter(query, name)
    text, asked = query.text, []
    for parameter in query.parameters:
        given = values.get(parameter.name, ())
        each = (given,) if isinstance(given, str) else tuple(given)
        if not each and not parameter.optional:
            what = f"the query {query.name} needs {parameter.name}: {parameter.description}"
            raise KgError(
                "KG-E0603", what, why=f"It is {KINDS[parameter.kind].explained}.", hint=f"Example: {query.example}"
            )
        read = [(one, _read(query, parameter, one)) for one in each]
        terms = dict.fromkeys(term for _, found in read for term in found)
        block = " ".join(written(term) for term in terms) or "UNDEF"
        text = _block(parameter.name).sub(lambda found, block=block: f"{found[1]}{{ {block} }}", text)
        asked += [(parameter, one, found) for one, found in read]
    return Question(query.name, text, (), tuple(asked))


def _read(query: Query, parameter: Parameter, text: str) -> tuple[Term, ...]:
    kind = KINDS[parameter.kind]
    try:
        return kind.read(text)
    except KgError as fault:
        why = fault.why or f"{parameter.name} is {kind.explained}."
        raise KgError(
            "KG-E0604", f"{parameter.name}: {fault.what}", why=why, hint=fault.hint or f"Example: {query.example}"
        ) from fault


def _no_such_parameter(query: Query, name: str) -> KgError:
    names = [parameter.name for parameter in query.parameters]
    near = nearest(name, names)
    takes = f"It takes {', '.join(names)}." if names else "It takes none."
    what = f'the query {query.name} has no parameter "{name}"'
    return KgError(
        "KG-E0603", what, why=takes, hint=f"Did you mean {near[0]}?" if near else f"Example: {query.example}"
    )


def _block(name: str) -> re.Pattern[str]:
    """The line of a parameter's values; the braces hold no brace."""
    return re.compile(rf"^([ \t]*VALUES[ \t]+\?{re.escape(name)}[ \t]*)\{{[^{{}}\n]*\}}", re.MULTILINE)


# Headers

_LINE = re.compile(r"#[ \t]?(?:(title|question|param|returns|level|see):[ \t]*)?(.*)")
_PARAMETER = re.compile(r"(\w+)[ \t]+(\w+)(\?)?[ \t]+(.+?)(?:,[ \t]*e\.g\.[ \t]*(.+))?")


def read_query(path: Path) -> Query:
    """Read a query file.

    Raises:
        KgError: KG-E0606 with the line, if title, question or returns are missing, or a parameter has no type,
        example or line
            `VALUES`.
    """
    text = path.read_text(encoding="utf-8")
    header: dict[str, list[tuple[int, str]]] = {}
    key = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not (line.startswith("#") and (found := _LINE.fullmatch(line))):
            break
        if found[1]:
            key = found[1]
            header.setdefault(key, []).append((number, found[2].strip()))
        elif key and not found[2].strip():
            key = ""  # an empty line ends the header; comments may follow
        elif key:
            before, words = header[key][-1]
            header[key][-1] = (before, f"{words} {found[2].strip()}")
    for needed in ("title", "question", "returns"):
        if not header.get(needed, [(0, "")])[0][1]:
            raise _no_header(path, 1, f"its header has no {needed}")
    parameters = tuple(_parameter(path, number, words, text) for number, words in header.get("param", []))
    return Query(
        name=path.stem,
        title=header["title"][0][1],
        question=header["question"][0][1],
        parameters=parameters,
        returns=tuple(word.strip() for word in header["returns"][0][1].split(",")),
        see=header.get("see", [(0, "")])[0][1],
        text=text,
    )


def _parameter(path: Path, number: int, words: str, text: str) -> Parameter:
    if (found := _PARAMETER.fullmatch(words)) is None:
        raise _no_header(path, number, "a parameter is NAME TYPE description, e.g. EXAMPLE")
    name, kind, optional, description, example = found.groups()
    if kind not in KINDS:
        near = nearest(kind, list(KINDS))
        raise _no_header(
            path, number, f"no type of parameter is called {kind}", f"Did you mean {near[0]}?" if near else ""
        )
    if not example:
        raise _no_header(path, number, f"the parameter {name} has no example (, e.g. EXAMPLE)")
    if len(_block(name).findall(text)) != 1:
        raise _no_header(path, number, f"the parameter {name} needs one line VALUES ?{name} {{ … }} in the query")
    return Parameter(name, kind, description, example, bool(optional))


def _no_header(path: Path, line: int, what: str, hint: str = "") -> KgError:
    return KgError(
        "KG-E0606",
        f"{path.name}: {what}",
        where=Place(str(path), line),
        hint=hint or "LAYOUT of a header: docs/queries.md",
    )


def terms_of(question: Question, kind: str) -> Iterable[tuple[str, tuple[Term, ...]]]:
    """The values of one kind that were put into a question, as given, with their terms."""
    return [(text, terms) for parameter, text, terms in question.asked if parameter.kind == kind]
