"""What a recommendation says: the nodes of an expression. Frozen, checked when made, each with the citation of its
words.

Meaning is outside the nodes: functions over expressions `match` on the node and end in `assert_never`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.citation import Origin
from kg.codes import Selector
from kg.expression.condition import Condition


@dataclass(frozen=True, slots=True)
class Pick:
    """A selector: exactly one code that it covers is recorded. `title` is the title printed with it, if any."""

    selector: Selector
    title: str = ""
    citation: Origin | None = None


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Codes that the text calls for without naming them; open-ended, never dropped in silence."""

    words: str
    citation: Origin | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts together. `sequenced`: the text says that the parts are recorded in this order."""

    parts: tuple[Expression, ...]
    sequenced: bool = False
    citation: Origin | None = None

    def __post_init__(self) -> None:
        """Hold two parts or more; one part is that part itself."""
        if len(self.parts) < 2:
            raise ValueError("AllOf needs two parts")


@dataclass(frozen=True, slots=True)
class OneOf:
    """Exactly one branch. `ranked`: the text prefers the branches in this order. `label` is the printed lead-in, if
    any.

    Branches that are all `When` are exclusive variants. A When directly under OneOf labels its content.
    """

    branches: tuple[Expression, ...]
    ranked: bool = False
    citation: Origin | None = None

    def __post_init__(self) -> None:
        """Hold two branches or more; one branch is that branch itself."""
        if len(self.branches) < 2:
            raise ValueError("OneOf needs two branches")

    @property
    def has_variants(self) -> bool:
        """Whether the branches are exclusive variants: each is under a condition."""
        return all(isinstance(branch, When) for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Optional:
    """An addition with no named trigger ("where necessary")."""

    content: Expression
    citation: Origin | None = None


@dataclass(frozen=True, slots=True)
class When:
    """Content under a condition: a label directly under OneOf, an addition elsewhere."""

    condition: Condition
    then: Expression
    citation: Origin | None = None


Expression = Pick | Unnamed | AllOf | OneOf | Optional | When


def children(e: Expression) -> tuple[Expression, ...]:
    """The nodes directly below, in print order."""
    match e:
        case Pick() | Unnamed():
            return ()
        case AllOf(parts=parts):
            return parts
        case OneOf(branches=branches):
            return branches
        case Optional(content=inner) | When(then=inner):
            return (inner,)


def walk(e: Expression) -> Iterator[Expression]:
    """The node and all below it, in print order (parents first)."""
    stack = [e]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def picks(e: Expression | None) -> list[Pick]:
    """The leaves that name codes, in print order."""
    found, stack = list[Pick](), [e] if e is not None else []
    while stack:
        node = stack.pop()
        if isinstance(node, Pick):
            found.append(node)
        else:
            stack.extend(reversed(children(node)))
    return found


def conditions(e: Expression | None) -> list[Condition]:
    """The conditions, in print order, each fact once."""
    found: dict[tuple[str, str], Condition] = {}
    for node in walk(e) if e is not None else ():
        if isinstance(node, When):
            found.setdefault(node.condition.fact, node.condition)
    return list(found.values())


def all_of(parts: list[Expression], *, sequenced: bool = False, citation: Origin | None = None) -> Expression | None:
    """The conjunction of the parts: nothing for none, the part itself for one."""
    if len(parts) < 2:
        return parts[0] if parts else None
    return AllOf(tuple(parts), sequenced, citation)


def one_of(branches: list[Expression], *, ranked: bool = False, citation: Origin | None = None) -> Expression | None:
    """The choice of the branches: nothing for none, the branch itself for one."""
    if len(branches) < 2:
        return branches[0] if branches else None
    return OneOf(tuple(branches), ranked, citation)
