"""An expression as lines of text: an indented tree with codes, titles and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import assert_never

from kg.codes import Selector
from kg.expression.condition import STATED, Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When

Title = Callable[[Selector], str | None]


def tree(e: Expression, title: Title = lambda _: None) -> list[str]:
    """The lines of an expression; `title` tells the title of a selector that was printed without one."""
    return list(_lines(e, title, "", "", ""))


def _lines(e: Expression, title: Title, first: str, rest: str, label: str) -> Iterator[str]:
    """The lines of a node: `first` stands before its own line, `rest` before those of its children."""
    while isinstance(e, When | Optional):  # a label takes no line of its own
        label += _label(e)
        e = e.then if isinstance(e, When) else e.content
    match e:
        case Pick(selector, printed):
            told = printed or title(selector) or ""
            yield f"{first}{label}{selector}" + (f"  {told}" if told else "")
            return
        case Unnamed(words):
            yield f'{first}{label}codes not named: "{words}"'
            return
        case AllOf(parts, sequenced):
            yield f"{first}{label}all of" + (", in this order" if sequenced else "")
            below = parts
        case OneOf(branches, ranked):
            yield f"{first}{label}one of" + (", the first preferred" if ranked else "")
            below = branches
        case _:
            assert_never(e)
    for i, child in enumerate(below, 1):
        last = i == len(below)
        yield from _lines(child, title, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), "")


def _label(e: When | Optional) -> str:
    return f"when {condition_text(e.condition)}: " if isinstance(e, When) else "where necessary: "


def condition_text(condition: Condition) -> str:
    """A condition in its words, with the facet and value in which they are recognised."""
    if condition.facet == STATED:
        return f'"{condition.words or condition.value}"'
    if not condition.words or condition.words.lower() == condition.value:
        return str(condition)
    return f'"{condition.words}" ({condition})'


def in_a_line(e: Expression | None) -> str:
    """An expression in one line: `J12.8 + (Y53.- or Y68.-) + [Y89.-]`, in brackets what may be added."""
    match e:
        case None:
            return ""
        case Pick(selector):
            return str(selector)
        case Unnamed(words):
            return f'"{words}"'
        case AllOf(parts):
            return " + ".join(map(in_a_line, parts))
        case OneOf(branches):
            return f"({' or '.join(map(in_a_line, branches))})"
        case Optional(content):
            return f"[{in_a_line(content)}]"
        case When(condition, then):
            return f"{{if {condition.words or condition}: {in_a_line(then)}}}"
        case _:
            assert_never(e)


def folded(line: str, width: int) -> list[str]:
    """A line of a tree as lines of at most so many columns, with the strokes of the tree carried on below it.

    Where little is left beside the strokes, the line stays whole.
    """
    strokes = line[: len(line) - len(line.lstrip("│├└─↳ "))]
    rest = strokes.translate(_CARRIED_ON) + "  "
    if len(line) <= width or width - len(rest) < _LEAST:
        return [line]
    return wrap(line[len(strokes) :], width, initial_indent=strokes, subsequent_indent=rest)


_CARRIED_ON = str.maketrans("├└─↳", "│   ")
_LEAST = 20  # columns of words beside the strokes
