"""What is wrong with a query, in words of its writer: an engine that refuses it tells where it gave up, not why."""

from __future__ import annotations

import re

from kg.errors import KgError, Place, nearest
from kg.graph.sparql import FORMS, PREFIXES, UPDATES, Token, body, tokens, undeclared

# Source: SPARQL 1.1 Query Language, section 19.8; the functions of section 17.4 and the aggregates.
_KEYWORDS = (
    *FORMS, *UPDATES, "PREFIX", "BASE", "WHERE", "FROM", "NAMED", "GRAPH",
    "OPTIONAL", "UNION", "MINUS", "FILTER", "BIND",
    "AS", "VALUES",
    "UNDEF", "SERVICE", "SILENT", "EXISTS", "NOT", "IN", "GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "LIMIT",
    "OFFSET",
    "DISTINCT", "REDUCED", "SEPARATOR", "true", "false", "a",
)  # fmt: skip
_FUNCTIONS = (
    "STR", "LANG", "LANGMATCHES", "DATATYPE", "BOUND", "IRI", "URI", "BNODE", "RAND", "ABS", "CEIL", "FLOOR", "ROUND",
    "CONCAT",
    "STRLEN", "UCASE", "LCASE", "ENCODE_FOR_URI", "CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "YEAR",
    "MONTH",
    "DAY", "HOURS", "MINUTES", "SECONDS", "TIMEZONE", "TZ", "NOW", "UUID", "STRUUID", "MD5", "SHA1", "SHA256",
    "SHA384", "SHA512",
    "COALESCE", "IF", "STRLANG", "STRDT", "sameTerm", "isIRI", "isURI", "isBLANK", "isLITERAL", "isNUMERIC", "REGEX",
    "SUBSTR",
    "REPLACE", "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT",
)  # fmt: skip
_KNOWN = {word.upper() for word in (*_KEYWORDS, *_FUNCTIONS)}
_PAIRS = {"{": "}", "(": ")", "[": "]"}
_POSITION = re.compile(r"error at (\d+):(\d+)")


def explain(text: str, source: str, message: str) -> KgError:
    """KG-E0605 for a query that an engine refused with `message`: a frequent mistake by name, another by its place."""
    found = tokens(text)
    for look in (
        _nothing,
        _broken_text,
        _foreign_prefix,
        _no_form,
        _odd_word,
        _brackets,
        _not_grouped,
        _unfinished_triple,
    ):
        if (fault := look(text, source, found, message)) is not None:
            return fault
    where = _place(text, source, message)
    return KgError(
        "KG-E0605", "the query is not SPARQL", where=where, why="It is understood up to this place.", hint=_EXAMPLES
    )


_EXAMPLES = "kg query --list shows queries that work."


def _fault(text: str, source: str, token: Token, what: str, hint: str = "") -> KgError:
    return KgError("KG-E0605", what, where=Place.in_text(source, text, token.start, token.end), hint=hint)


def _nothing(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    if body(found):
        return None
    return KgError("KG-E0605", "the query is empty", where=Place(source), hint=_EXAMPLES)


def _broken_text(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    """A quotation mark or an IRI that is not closed on its line."""
    for token in found:
        if token.kind == "other" and token.text in "\"'":
            return _fault(text, source, token, f"the text that begins with {token.text} here is never closed")
        if token.text == "<" and re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", text[token.end :]):
            return _fault(
                text, source, token, "the IRI that begins here is never closed", "IRIs stand in <…>, without blanks."
            )
        if token.kind == "other":
            return _fault(text, source, token, f'a character that SPARQL does not have here: "{token.text}"')
    return None


def _foreign_prefix(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    for token in undeclared(found):
        prefix = token.text.partition(":")[0]
        if prefix in PREFIXES:
            continue
        near = nearest(prefix, sorted(PREFIXES)) if prefix else []
        guess = f"Did you mean {near[0]}:? " if near else ""
        hint = f"{guess}Add PREFIX {prefix}: <…>, or use one of: {', '.join(sorted(PREFIXES))}"
        return _fault(text, source, token, f'the prefix "{prefix}:" is not declared', hint)
    return None


def _no_form(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    first = body(found)[0]
    if first.kind == "word" and first.text.upper() in FORMS:
        return None
    near = nearest(first.text, [*FORMS, "PREFIX", "BASE"])
    hint = f"Did you mean {near[0]}?" if near else f"A query begins with {', '.join(FORMS[:-1])} or {FORMS[-1]}."
    return _fault(text, source, first, f'a query does not begin with "{first.text}"', hint)


def _odd_word(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    """A bare word that is neither keyword nor function."""
    for token, after in zip(found, [*found[1:], Token("end", "", len(text))], strict=True):
        if token.kind != "word" or token.text.upper() in _KNOWN:
            continue
        near = nearest(token.text, [*_KEYWORDS[:-3], *_FUNCTIONS])
        hint = f"Did you mean {near[0]}?" if near else ""
        if after.text == "(" and not (near and near[0] in _KEYWORDS):
            return _fault(
                text,
                source,
                token,
                f"{token.text} is not a SPARQL function",
                hint or f"Functions: {', '.join(_FUNCTIONS)}",
            )
        what = f'a word that SPARQL does not have: "{token.text}"'
        return _fault(text, source, token, what, hint or "Variables begin with ?, texts stand in quotation marks.")
    return None


def _brackets(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    opened: list[Token] = []
    for token in found:
        if token.kind != "sign":
            continue
        if token.text in _PAIRS:
            opened.append(token)
        elif token.text in _PAIRS.values():
            if not opened:
                return _fault(
                    text,
                    source,
                    token,
                    f'the "{token.text}" closes nothing',
                    "Remove it, or look for a bracket that is missing.",
                )
            last = opened.pop()
            if _PAIRS[last.text] != token.text:
                return _unclosed(text, source, last)
    return _unclosed(text, source, opened[-1]) if opened else None


def _unclosed(text: str, source: str, token: Token) -> KgError:
    place = Place.in_text(source, text, token.start)
    what = f'the "{token.text}" opened at line {place.line}, column {place.column} is never closed'
    return KgError("KG-E0605", what, where=place, hint=f"Add the {_PAIRS[token.text]} that belongs to it.")


def _not_grouped(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    if "contains a variable that is unbound" not in message:
        return None
    upper = [token.text.upper() for token in found]
    group = next((i for i, word in enumerate(upper[:-1]) if word == "GROUP" and upper[i + 1] == "BY"), len(found))
    start = next(i for i, word in enumerate(upper) if word == "SELECT")
    grouped = {token.text[1:] for token in found[group:] if token.kind == "variable"}
    depth = 0
    for token in found[start + 1 :]:
        depth += (token.text in ("(", "{")) - (token.text in (")", "}"))
        if token.text == "{" or token.text.upper() == "WHERE":
            break
        if token.kind == "variable" and depth == 0 and token.text[1:] not in grouped:
            hint = f"Add it to GROUP BY, or select something like (SAMPLE({token.text}) AS {token.text}_1)."
            return _fault(text, source, token, f"{token.text} is selected but neither grouped nor aggregated", hint)
    return None


_TERMS = {"iri", "string", "variable", "name", "label", "number"}


def _unfinished_triple(text: str, source: str, found: list[Token], message: str) -> KgError | None:
    """A triple of one or two terms before its full stop or bracket."""
    words: list[Token] = []
    for token in found:
        if token.kind in _TERMS or token.text in ("a", "true", "false"):
            words.append(token)
        elif token.text in ("}", ".", ";") and token.kind == "sign":
            if words and (fault := _short(text, source, words)) is not None:
                return fault
            words = [words[0]] if token.text == ";" and words else []
        elif not (token.kind == "language" or token.text == "^^"):
            words = []
            if token.text not in ("{", "}", ".", ";"):
                words = [Token("mark", "", token.start)] * 3  # a path, a list, a keyword: not a plain triple
    return None


def _short(text: str, source: str, words: list[Token]) -> KgError | None:
    if any(word.kind == "mark" for word in words) or len(words) > 2:
        return None
    said = " ".join(word.text for word in words)
    lacks = "a predicate and an object are" if len(words) == 1 else "an object is"
    span = Token("", text[words[0].start : words[-1].end], words[0].start)
    return _fault(text, source, span, f'the triple is incomplete: after "{said}" {lacks} missing')


def _place(text: str, source: str, message: str) -> Place:
    """Where the engine gave up."""
    if (told := _POSITION.search(message)) is None:
        return Place(source)
    line, column = int(told[1]), int(told[2])
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return Place(source)
    start = sum(len(each) + 1 for each in lines[: line - 1]) + min(column - 1, len(lines[line - 1]))
    return Place.in_text(source, text, start)
