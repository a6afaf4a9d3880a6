"""OWL classes of the records that satisfy a combination, compiled from its needs, and records as individuals.

A record is an individual of `kg:CodedRecord`; each of its entries is an individual, typed by the class of its code and
different from the others. A combination is the class of coded records with at least n entries in a union of selectors,
for each of its needs:

    Records ≡ CodedRecord ⊓ ≥ 1 hasEntry.(J12.8) ⊓ ≥ 2 hasEntry.(Y53.- ⊔ Y53.4)

Class expressions are blank nodes, as the mapping of OWL 2 to RDF demands; they are in exports for OWL only, never in
the store. Nothing here evaluates: what a record satisfies is for a reasoner to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.codes import Chapters, Code, One, Selector, covers
from kg.expression.combination import Combination
from kg.expression.recommendation import Side
from kg.graph.iris import (
    KG,
    PREFIXES,
    combination_iri,
    notation,
    selector_iri,
)
from kg.reason.needs import Need, needs

CODED_RECORD = NamedNode(f"{KG}CodedRecord")
HAS_ENTRY = NamedNode(f"{KG}hasEntry")

_RDF, _RDFS, _OWL, _XSD = (PREFIXES[p] for p in ("rdf", "rdfs", "owl", "xsd"))
_TYPE, _FIRST, _REST, _NIL = (NamedNode(_RDF + n) for n in ("type", "first", "rest", "nil"))
_LABEL, _SUB_CLASS_OF = NamedNode(f"{_RDFS}label"), NamedNode(f"{_RDFS}subClassOf")
_CLASS, _INDIVIDUAL = NamedNode(f"{_OWL}Class"), NamedNode(f"{_OWL}NamedIndividual")
_COUNT = NamedNode(f"{_XSD}nonNegativeInteger")

Node = NamedNode | BlankNode


def _owl(name: str) -> NamedNode:
    return NamedNode(_OWL + name)


@dataclass(frozen=True, slots=True)
class RecordClass:
    """A class of records with what they need of a record; `needs` of a union are those of its members."""

    iri: str
    label: str
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class RuleClass:
    """A class of the records that break a rule: those that meet all of `has`, and of each of `lacks` not all."""

    iri: str
    label: str
    has: tuple[Need, ...]
    lacks: tuple[tuple[Need, ...], ...] = ()


class Ontology:
    """Axioms in the making, as triples in the order in which they are said.

    `name` is the IRI of the ontology. Blank nodes are numbered, so that the same calls give the same triples; triples
    of two of these are not to be put together (say more to the one instead).
    """

    def __init__(self, name: str) -> None:
        self.triples: list[Triple] = []
        self._blanks = 0
        self._declared: set[tuple[NamedNode, NamedNode]] = set()
        self.declare(NamedNode(name), _owl("Ontology"))

    def declare(self, entity: NamedNode, kind: NamedNode, label: str = "") -> NamedNode:
        """Say once what an entity is; the entity comes back."""
        if (entity, kind) not in self._declared:
            self._declared.add((entity, kind))
            self._say(entity, _TYPE, kind)
            if label:
                self._say(entity, _LABEL, Literal(label, language="en"))
        return entity

    def vocabulary(self) -> None:
        """Declare coded records and their entries (an ontology that already does needs it not)."""
        self.declare(CODED_RECORD, _CLASS, "coded record")
        self.declare(HAS_ENTRY, _owl("ObjectProperty"), "has entry")

    def selector(self, selector: Selector) -> NamedNode:
        """The class of the entries that a selector covers."""
        return self.declare(selector_iri(selector), _CLASS, notation(selector))

    def below(self, codes: Iterable[Code], selectors: Iterable[Selector], chapters: Chapters) -> None:
        """Say of each code's class that it is below each of the selectors that cover it."""
        wider = sorted(set(selectors), key=lambda s: selector_iri(s).value)
        for code in sorted({code.bare for code in codes}):
            self.within(One(code), [s for s in wider if covers(s, code, chapters)])

    def within(self, selector: Selector, wider: Iterable[Selector]) -> None:
        """Say that the entries of a selector are entries of each of the wider ones."""
        for other in wider:
            if selector_iri(selector) != selector_iri(other):
                self._say(self.selector(selector), _SUB_CLASS_OF, self.selector(other))

    def record_class(self, described: RecordClass) -> None:
        """Define the class: it is that of the coded records that meet all of its needs."""
        self._defined(described.iri, described.label, "intersectionOf", self._needs(described))

    def sufficient(self, described: RecordClass) -> None:
        """Say that the coded records that meet all needs are in the class: the half of its definition that classifies.

        Which records are in the class follows from it as from the whole. A reasoner that compares definitions of many
        counted and overlapping needs with each other can take hours; here it has none to compare.
        """
        it = self.declare(NamedNode(described.iri), _CLASS, described.label)
        self._say(self._junction("intersectionOf", self._needs(described)), _SUB_CLASS_OF, it)

    def rule_class(self, described: RuleClass) -> None:
        """Define the class of the coded records that break a rule."""
        self._defined(described.iri, described.label, "intersectionOf", self._breaking(described))

    def breaks_rule(self, described: RuleClass) -> None:
        """Say that the coded records that break a rule are in its class (the half of `rule_class` that classifies)."""
        it = self.declare(NamedNode(described.iri), _CLASS, described.label)
        self._say(self._junction("intersectionOf", self._breaking(described)), _SUB_CLASS_OF, it)

    def _breaking(self, described: RuleClass) -> list[Node]:
        parts: list[Node] = [CODED_RECORD, *map(self._need, described.has)]
        for lacking in described.lacks:
            it = self._blank(_CLASS)
            self._say(it, _owl("complementOf"), self._junction("intersectionOf", [*map(self._need, lacking)]))
            parts.append(it)
        return parts

    def note(self, iri: str, text: str) -> None:
        """A remark on a class or on the ontology, for a reader."""
        self._say(NamedNode(iri), NamedNode(f"{_RDFS}comment"), Literal(text, language="en"))

    def disjoint(self, groups: Iterable[Sequence[Selector]]) -> None:
        """Say of each group of selectors that no entry is in two of them."""
        for group in groups:
            members = list(dict.fromkeys(self.selector(s) for s in group))
            if len(members) == 2:
                self._say(members[0], _owl("disjointWith"), members[1])
            elif len(members) > 2:
                self._say(self._blank(_owl("AllDisjointClasses")), _owl("members"), self._list(members))

    def closed(self, iri: str, codes: Sequence[Code], selectors: Iterable[Selector], chapters: Chapters) -> None:
        """Say of a record that its entries are all it has, and of each which of `selectors` it is not one of: what a
        rule on codes that are absent needs to know.
        """
        record = NamedNode(iri)
        most = self._blank(_owl("Restriction"))
        self._say(most, _owl("onProperty"), HAS_ENTRY)
        self._say(most, _owl("maxCardinality"), Literal(str(len(codes)), datatype=_COUNT))
        self._say(record, _TYPE, most)
        wanted = sorted(set(selectors), key=lambda s: selector_iri(s).value)
        for number, code in enumerate(codes, 1):
            for selector in wanted:
                if not covers(selector, code, chapters):
                    other = self._blank(_CLASS)
                    self._say(other, _owl("complementOf"), self.selector(selector))
                    self._say(NamedNode(f"{iri}/entry/{number}"), _TYPE, other)

    def _needs(self, described: RecordClass) -> list[Node]:
        return [CODED_RECORD, *map(self._need, described.needs)]

    def union_class(self, iri: str, label: str, members: Sequence[str]) -> None:
        """Define the class of what is in one of the member classes; of no members it is empty."""
        self._defined(iri, label, "unionOf", [NamedNode(member) for member in members] or [_owl("Nothing")])

    def intersection_class(self, iri: str, label: str, members: Sequence[str]) -> None:
        """Define the class of what is in all of the member classes; of no members it is every coded record."""
        self._defined(iri, label, "intersectionOf", [NamedNode(member) for member in members] or [CODED_RECORD])

    def _defined(self, iri: str, label: str, kind: str, parts: Sequence[Node]) -> None:
        it = self.declare(NamedNode(iri), _CLASS, label)
        self._say(it, _owl("equivalentClass"), self._junction(kind, parts))

    @property
    def everything(self) -> Node:
        """The class of all things."""
        return _owl("Thing")

    def atom(self, iri: str) -> NamedNode:
        """A class of which nothing is said yet."""
        return self.declare(NamedNode(iri), _CLASS)

    def all_of(self, parts: Sequence[Node]) -> Node:
        """What is in all of the classes."""
        return self._junction("intersectionOf", list(dict.fromkeys(parts))) if parts else self.everything

    def any_of(self, parts: Sequence[Node]) -> Node:
        """What is in one of the classes."""
        return self._junction("unionOf", list(dict.fromkeys(parts))) if parts else _owl("Nothing")

    def none_of(self, part: Node) -> Node:
        """What is not in the class."""
        it = self._blank(_CLASS)
        self._say(it, _owl("complementOf"), part)
        return it

    def narrower(self, narrow: Node, wide: Node) -> None:
        """Say that what is in one class is in the other."""
        self._say(narrow, _SUB_CLASS_OF, wide)

    def named_class(self, iri: str, parts: Sequence[Node]) -> str:
        """Define a class of what is in all of the parts; its IRI comes back."""
        self._defined(iri, "", "intersectionOf", parts)
        return iri

    def record(self, iri: str, codes: Sequence[Code]) -> None:
        """A record as an individual, with an entry for each of its codes; all entries are different."""
        record = self.declare(NamedNode(iri), _INDIVIDUAL)
        self._say(record, _TYPE, CODED_RECORD)
        entries: list[Node] = []
        for number, code in enumerate(codes, 1):
            entry = self.declare(NamedNode(f"{iri}/entry/{number}"), _INDIVIDUAL)
            self._say(entry, _TYPE, self.selector(One(code.bare)))
            self._say(record, HAS_ENTRY, entry)
            entries.append(entry)
        if len(entries) > 1:
            different = self._blank(_owl("AllDifferent"))
            self._say(different, _owl("distinctMembers"), self._list(entries))

    def _need(self, need: Need) -> BlankNode:
        it = self._blank(_owl("Restriction"))
        self._say(it, _owl("onProperty"), HAS_ENTRY)
        self._say(it, _owl("minQualifiedCardinality"), Literal(str(need.at_least), datatype=_COUNT))
        # Selectors that differ in the mark of a pair alone are one class.
        united = list(dict.fromkeys(self.selector(s) for s in need.selectors))
        self._say(it, _owl("onClass"), self._junction("unionOf", united))
        return it

    def _junction(self, kind: str, parts: Sequence[Node]) -> Node:
        """The union or intersection of the parts; one part is that part itself."""
        if len(parts) == 1:
            return parts[0]
        it = self._blank(_CLASS)
        self._say(it, _owl(kind), self._list(parts))
        return it

    def _list(self, members: Sequence[Node]) -> Node:
        rest: Node = _NIL
        for member in reversed(members):
            it = self._blank()
            self._say(it, _FIRST, member)
            self._say(it, _REST, rest)
            rest = it
        return rest

    def _blank(self, type: NamedNode | None = None) -> BlankNode:
        self._blanks += 1
        it = BlankNode(f"x{self._blanks}")
        if type is not None:
            self._say(it, _TYPE, type)
        return it

    def _say(self, subject: Node, predicate: NamedNode, value: Node | Literal) -> None:
        self.triples.append(Triple(subject, predicate, value))


def combination_class(guidance: NamedNode, side: Side, combination: Combination, chapters: Chapters) -> RecordClass:
    """The class of the records that meet a combination: `<guidance>/combination/procedure/1/records`."""
    iri = f"{combination_iri(guidance, side, combination.rank).value}/records"
    label = f"records that meet {combination.notation}"
    return RecordClass(iri, label, needs(combination.selectors, chapters))
