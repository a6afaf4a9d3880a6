"""The table of wordings (wordings.txt), documents made of them in both layouts, and a short notation of expressions."""

import re
import textwrap
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When


@dataclass(frozen=True)
class Wording:
    """Lines of a coding part and what they mean; `asks`: a person is asked to look."""

    name: str
    lines: str
    procedure: str
    diagnosis: str
    asks: bool


def wordings() -> list[Wording]:
    """The table."""
    text = Path(__file__).with_name("wordings.txt").read_text(encoding="utf-8")
    found = []
    for block in text.split("\n=== ")[1:]:
        name, _, rest = block.partition("\n")
        lines, procedure, diagnosis = rest.rstrip("\n").split("\n--- ")
        found.append(Wording(name.removesuffix(" ?"), lines, procedure, diagnosis, name.endswith(" ?")))
    return found


def families() -> list[Wording]:
    """The wordings of families.txt, each with its base."""
    text = Path(__file__).with_name("families.txt").read_text(encoding="utf-8")
    found = []
    for block in text.split("\n=== ")[1:]:
        name, _, rest = block.partition("\n")
        base, procedure, diagnosis = rest.rstrip("\n").split("\n--- ")
        diagnosis, *sentences = diagnosis.split("\n")
        for line in filter(None, sentences):
            asks, words = line.startswith("?"), line.split("* ", 1)[1]
            first, _, second = words.partition("|") if "@@" in base else (words, "", "")
            lines = base.replace("@@", second).replace("@", first).replace("\u23ce", "\n")
            found.append(Wording(f"{name}: {words}", lines, procedure, diagnosis, asks))
    return found


def meaning(notation: str) -> frozenset[tuple[str, ...]]:
    """The sets of codes that the notation of an expression admits; a condition over a whole side is its content."""
    signs = re.findall(r"when\[|opt\[|UNNAMED|null|[({|+)}\]]|[A-Z][A-Z0-9.\u2020*-]*", notation)
    place = 0

    def node(*, branch: bool) -> set[tuple[str, ...]]:
        nonlocal place
        sign = signs[place]
        place += 1
        if sign in {"(", "{"}:
            parts = [node(branch=sign == "{")]
            while signs[place] in "+|":
                place += 1
                parts.append(node(branch=sign == "{"))
            place += 1
            if sign == "{":
                return set().union(*parts)
            return {tuple(sorted(code for part in choice for code in part)) for choice in product(*parts)}
        if sign in {"when[", "opt["}:
            inner = node(branch=False)
            place += 1
            return inner if branch and sign == "when[" else inner | {()}
        return {()} if sign in {"UNNAMED", "null"} else {(sign,)}

    found = node(branch=True)
    return frozenset(found - {()} or found)


def told(e: Expression | None, *, conditions: bool = False) -> str:
    """An expression in the notation of the table; with `conditions` each `when` says its facet and value."""
    match e:
        case None:
            return "null"
        case Pick(selector):
            return str(selector)
        case Unnamed():
            return "UNNAMED"
        case AllOf(parts):
            return f"({' + '.join(told(p, conditions=conditions) for p in parts)})"
        case OneOf(branches):
            return f"{{{' | '.join(told(b, conditions=conditions) for b in branches)}}}"
        case Optional(content):
            return f"opt[{told(content, conditions=conditions)}]"
        case When(condition, then):
            label = f" {condition}: " if conditions else ""
            return f"when[{label.lstrip()}{told(then, conditions=conditions)}]"


def older(lines: str) -> str:
    """A document in the layout of the older guidance: one page of the site, a paragraph a line."""
    inside = textwrap.indent(lines, "    ")
    return f"IPG900 Operation made up for a test\n\n  \u2022 OPCS4.6 Code(s)\n\n{inside}\n\n  \u2022 Get involved\n"


def newer(lines: str) -> str:
    """A document in the layout of the newer guidance, with headings and a closing part."""
    return (
        f"IPG900 \u2013 Operation made up for a test\n\nProcedure and device:\n\nOPCS-4 code(s):\n\n{lines}\n\n"
        "Clinical coding recommendations for NICE guidance\n\nA closing sentence.\n"
    )


def wrapped(text: str, width: int) -> str:
    """A text with its lines wrapped as a converter wraps them."""
    return "\n".join("\n".join(textwrap.wrap(line, width, break_on_hyphens=False) or [""]) for line in text.split("\n"))
