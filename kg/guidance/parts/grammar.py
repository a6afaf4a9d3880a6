"""The grammar of recommendations (`recommendation.lark`, LALR) over typed lines and over the codes of a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark


@dataclass(frozen=True, slots=True)
class Typed:
    """A token: its type in the grammar and the value that it stands for."""

    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """Lines joined by Or; `after_plus`: a Plus stands before them."""

    items: tuple[Any, ...]
    after_plus: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A list: combinations parted by Or, each of choices that go together."""

    combinations: tuple[tuple[Choice, ...], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A lead-in (`lead`) or a sentence that names codes (`effect`), with the list that follows."""

    lead: Any = None
    effect: Any = None
    lines: Lines | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A heading with what stands under it."""

    head: Any
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """Lists and sentences, then variants."""

    segments: tuple[Segment, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class SideTree:
    """One side: a body, and bodies that go with all before them, each under its opener."""

    body: Body
    stages: tuple[tuple[Any, Body], ...]


def parse_side(tokens: Sequence[Typed]) -> SideTree:
    """The tree of one side's lines."""
    return _build(tokens, "side")


def parse_phrase(tokens: Sequence[Typed]) -> tuple[str, tuple[Any, ...]] | Any:
    """Codes and connectives of a line as nested ("all" | "any" | "pair", parts); a single code as its value."""
    if len(tokens) == 1:
        return tokens[0].value
    return _build(tokens, "phrase")


@cache
def _parser() -> Lark:
    from lark import Lark
    from lark.lexer import Lexer, Token

    class TypedLexer(Lexer):
        """Hands on tokens that are typed already; the token's text is its number."""

        def __init__(self, lexer_conf: Any) -> None:
            pass

        def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
            text = getattr(lexer_state, "text", lexer_state)
            for number, kind in enumerate(str(text).split()):
                yield Token(kind, str(number))

    source = Path(__file__).with_name("recommendation.lark").read_text(encoding="utf-8")
    return Lark(source, parser="lalr", lexer=TypedLexer, start=["side", "phrase"])


def _build(tokens: Sequence[Typed], start: str) -> Any:
    # The lexer of lark carries text, so the types go through it and the values are put back by number.
    tree = _parser().parse(" ".join(token.type for token in tokens), start=start)
    values = [token.value for token in tokens]
    return _node(tree, tokens, values)


def _node(tree: Any, tokens: Sequence[Typed], values: Sequence[Any]) -> Any:
    if not hasattr(tree, "data"):
        return tokens[int(tree)]
    rule = str(tree.data)
    if rule == "more":
        return _combination(tree, tokens, values)
    below = [_node(child, tokens, values) for child in tree.children]
    match rule:
        case "side":
            return SideTree(below[0], tuple(below[1:]))
        case "stage":
            return below[0].value, below[1]
        case "body":
            return Body(_segments(below), tuple(x for x in below if isinstance(x, Variant)))
        case "variant":
            return Variant(below[0].value, _segments(below[1:]))
        case "segment":
            lines = below[1] if len(below) > 1 else None
            first: Typed = below[0]
            return Segment(first.value, None, lines) if first.type == "LEAD" else Segment(None, first.value, lines)
        case "list":
            return Lines(tuple(x for x in below if isinstance(x, tuple)))
        case "combination":
            return (below[0],)
        case "choice":
            return Choice(tuple(x.value for x in below if x.type == "ITEM"))
        case _:
            parts = [
                x.value if isinstance(x, Typed) else x for x in below if not (isinstance(x, Typed) and x.type != "CODE")
            ]
            name = {"phrase": "all", "any": "any", "both": "all", "pair": "pair"}[rule]
            return parts[0] if len(parts) == 1 else (name, tuple(parts))


def _combination(tree: Any, tokens: Sequence[Typed], values: Sequence[Any]) -> tuple[Choice, ...]:
    """The choices of a list, which the grammar nests as deep as there are lines: taken apart from the last one."""
    choices: list[Choice] = []
    while str(tree.data) == "more":
        added: Choice = _node(tree.children[-1], tokens, values)
        choices.append(Choice(added.items, len(tree.children) == 3))
        tree = tree.children[0]
    first: tuple[Choice, ...] = _node(tree, tokens, values)
    return (*first, *reversed(choices))


def _segments(below: Sequence[Any]) -> tuple[Segment, ...]:
    return tuple(Segment(None, None, x) if isinstance(x, Lines) else x for x in below if isinstance(x, Lines | Segment))
