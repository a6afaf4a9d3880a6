"""Whether an ontology is in OWL 2 DL: every triple is read as an axiom or an annotation, and the global restrictions
hold.

Read are the constructs that a terminology uses: declarations, assertions, annotations, class expressions, hierarchies
and characteristics of properties, and chains. What is outside them is a finding, so that nothing passes
unread. Sources: OWL 2 Mapping to RDF Graphs (W3C 2012), section 3; OWL 2 Structural Specification, sections 3, 5.8 and
11.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.owl import terms

Node = NamedNode | BlankNode | Triple
Term = NamedNode | BlankNode | Literal | Triple


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Why an ontology is not in OWL 2 DL: the rule, and the triple or entity that breaks it."""

    rule: str
    at: str


def check_profile(triples: Iterable[Triple]) -> list[Finding]:
    """Why the ontology is not in OWL 2 DL, sorted; nothing if it is. Imports are not followed: give all triples.

    Growth: linear in triples.
    """
    return sorted(set(_Check(triples).findings()))


class _Check:
    def __init__(self, triples: Iterable[Triple]) -> None:
        self._triples = sorted(set(triples), key=str)
        self._of: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._kinds: dict[str, set[str]] = defaultdict(set)
        self._judged: dict[str, bool] = {}
        for t in self._triples:
            self._of[_key(t.subject)][t.predicate.value].append(t.object)
            if t.predicate.value == terms.TYPE and isinstance(t.object, NamedNode) and isinstance(t.subject, NamedNode):
                kind = terms.KINDS.get(t.object.value)
                if kind:
                    self._kinds[t.subject.value].add(kind)

    def findings(self) -> Iterator[Finding]:
        yield from self._entities()
        yield from self._blank_nodes()
        complex_properties = self._not_simple()
        for t in self._triples:
            rule = self._unread(t) or self._literal(t.object)
            if rule is None and t.predicate.value == terms.OWL + "onProperty" and self._demands_simple(t.subject):
                rule = "a count over a property that is not simple" if _key(t.object) in complex_properties else None
            if rule is None and t.predicate.value == terms.TYPE and _key(t.object) in terms.ONLY_SIMPLE:
                rule = (
                    "a characteristic of a property that is not simple"
                    if _key(t.subject) in complex_properties
                    else None
                )
            if rule:
                yield Finding(rule, f"{t} .")

    def _entities(self) -> Iterator[Finding]:
        if sum("ontology" in kinds for kinds in self._kinds.values()) != 1:
            yield Finding("not exactly one ontology", "owl:Ontology")
        for iri, kinds in self._kinds.items():
            for clash in terms.CLASHES:
                if clash <= kinds:
                    yield Finding(f"one IRI for {' and '.join(sorted(clash))}", f"<{iri}>")
            builtin = (
                iri in terms.DATATYPES
                or iri in terms.THINGS
                or (kinds == {"annotation property"} and iri in terms.ANNOTATIONS)
            )
            if iri.startswith(terms.RESERVED) and not builtin:
                yield Finding("a declaration in the reserved vocabulary", f"<{iri}>")

    def _blank_nodes(self) -> Iterator[Finding]:
        """Class expressions and lists are trees: each blank node has one place at most."""
        used = Counter(t.object for t in self._triples if isinstance(t.object, BlankNode))
        for node, times in used.items():
            if times > 1:
                yield Finding("a blank node in two places", str(node))
        for node in {t.subject for t in self._triples if isinstance(t.subject, BlankNode)}:
            types = {_key(o) for o in self._of[_key(node)][terms.TYPE]}
            if not types and not self._of[_key(node)][terms.FIRST]:
                yield Finding("a blank node that is no expression", str(node))
            alone = node not in used and not any(self._of[_key(node)][p] for p in terms.CLASS_AXIOMS)
            if alone and types & {terms.OWL + "Restriction", terms.OWL + "Class"}:
                yield Finding("a class expression outside any axiom", str(node))

    def _not_simple(self) -> set[str]:
        """Transitive properties, those of chains, and every property above one or inverse to one."""
        found = {
            _key(t.subject)
            for t in self._triples
            if t.predicate.value == terms.OWL + "propertyChainAxiom"
            or _key(t.object) == terms.OWL + "TransitiveProperty"
        }
        while True:
            above = {
                _key(t.object)
                for t in self._triples
                if _key(t.subject) in found and t.predicate.value in terms.PROPERTY_AXIOMS
            } | {
                _key(t.subject)
                for t in self._triples
                if _key(t.object) in found
                and t.predicate.value in {terms.OWL + "inverseOf", terms.OWL + "equivalentProperty"}
            }
            if above <= found:
                return found
            found |= above

    def _demands_simple(self, restriction: Term) -> bool:
        return any(self._of[_key(restriction)][p] for p in (*terms.COUNTS, terms.OWL + "hasSelf"))

    def _is(self, term: Term, kind: str) -> bool:
        return isinstance(term, NamedNode) and kind in self._kinds.get(term.value, ())

    def _property_kind(self, term: Term) -> str | None:
        if _key(term) in terms.ANNOTATIONS:
            return "annotation property"
        kinds = sorted(self._kinds.get(_key(term), set()) & terms.PROPERTIES)
        return kinds[0] if kinds else None

    def _is_class(self, term: Term) -> bool:
        """Whether the term is a declared class, owl:Thing or owl:Nothing, or a class expression of the right form."""
        if isinstance(term, NamedNode):
            return term.value in terms.THINGS or self._is(term, "class")
        if isinstance(term, Literal):
            return False
        if (key := str(term)) not in self._judged:
            self._judged[key] = False  # an expression that holds itself is none
            self._judged[key] = self._is_expression(self._of[key])
        return self._judged[key]

    def _is_expression(self, said: dict[str, list[Term]]) -> bool:
        types = {_key(o) for o in said[terms.TYPE]}
        if types == {terms.OWL + "Restriction"}:
            return self._is_restriction(said)
        if types != {terms.OWL + "Class"}:
            return False
        junctions = [(p, o) for p in terms.JUNCTIONS for o in said[p]]
        if len(junctions) != 1:
            return False
        (how, operand), *_ = junctions
        if how == terms.OWL + "complementOf":
            return self._is_class(operand)
        members = self._list(operand)
        if how == terms.OWL + "oneOf":
            return bool(members) and not any(isinstance(m, Literal) for m in members)
        return len(members) > 1 and all(map(self._is_class, members))

    def _is_restriction(self, said: dict[str, list[Term]]) -> bool:
        given = {p for p in said if said[p] and p not in (terms.TYPE, terms.OWL + "onProperty")}
        properties = said[terms.OWL + "onProperty"]
        if len(properties) != 1 or any(len(said[p]) != 1 for p in given):
            return False
        kind = self._property_kind(properties[0])
        if kind not in ("object property", "data property"):
            return False
        filler = next((said[p][0] for p in sorted(given & terms.FILLERS)), None)
        counts = given & terms.COUNTS
        qualified = any("ualified" in p for p in counts)
        if counts:
            number = said[next(iter(counts))][0]
            if not (isinstance(number, Literal) and number.datatype.value == terms.XSD + "nonNegativeInteger"):
                return False
            on = terms.OWL + ("onClass" if kind == "object property" else "onDataRange")
            if given - counts != ({on} if qualified else set()):
                return False
            return len(counts) == 1 and (filler is None or self._fits(kind, filler))
        if given == {terms.OWL + "hasSelf"}:
            return kind == "object property"
        if given == {terms.OWL + "hasValue"}:
            return isinstance(filler, Literal) == (kind == "data property")
        named = given in ({terms.OWL + "someValuesFrom"}, {terms.OWL + "allValuesFrom"})
        return named and filler is not None and self._fits(kind, filler)

    def _fits(self, kind: str, filler: Term) -> bool:
        return self._is_class(filler) if kind == "object property" else self._is_datatype(filler)

    def _is_datatype(self, term: Term) -> bool:
        return _key(term) in terms.DATATYPES or self._is(term, "datatype")

    def _list(self, head: Term) -> list[Term]:
        """The members of a list; none if it is broken or goes in a circle."""
        members: list[Term] = []
        seen: set[str] = set()
        while _key(head) != terms.NIL:
            said = self._of.get(_key(head), {})
            first, rest = said.get(terms.FIRST, []), said.get(terms.REST, [])
            if len(first) != 1 or len(rest) != 1 or _key(head) in seen:
                return []
            seen.add(_key(head))
            members.append(first[0])
            head = rest[0]
        return members

    def _literal(self, term: Term) -> str | None:
        if not isinstance(term, Literal):
            return None
        if not self._is_datatype(term.datatype):
            return "a literal of a datatype that OWL 2 does not have"
        form = terms.FORMS.get(term.datatype.value.removeprefix(terms.XSD))
        if form and not re.fullmatch(form, term.value):
            return "a literal that its datatype does not have"
        return None

    def _unread(self, t: Triple) -> str | None:
        """Why a triple is neither an axiom nor an annotation, or None if it is one."""
        predicate, value = t.predicate.value, t.object
        if predicate == terms.TYPE:
            return self._unread_type(t.subject, value)
        if predicate in terms.CLASS_AXIOMS:
            return (
                None if self._is_class(t.subject) and self._is_class(value) else "not classes, in an axiom of classes"
            )
        if predicate in terms.PROPERTY_AXIOMS:
            one, other = self._property_kind(t.subject), self._property_kind(value)
            return None if one and one == other else "not properties of one kind, in an axiom of properties"
        if predicate in (terms.RDFS + "domain", terms.RDFS + "range"):
            return self._unread_domain(t)
        if predicate == terms.OWL + "propertyChainAxiom":
            chain = [self._property_kind(m) for m in self._list(value)]
            fine = len(chain) > 1 and set(chain) == {"object property"} == {self._property_kind(t.subject)}
            return None if fine else "a chain that is not of object properties"
        if predicate in terms.INDIVIDUALS:
            return "a literal among individuals" if isinstance(value, Literal) else None
        if predicate in (terms.OWL + "versionIRI", terms.OWL + "imports"):
            fine = self._is(t.subject, "ontology") and isinstance(value, NamedNode)
            return None if fine else "not said of the ontology"
        if predicate in terms.WITHIN or predicate in terms.JUNCTIONS:
            fine = isinstance(t.subject, BlankNode)
            return None if fine else "part of an expression, said of something with a name"
        if predicate in terms.ANNOTATIONS:
            return None
        if predicate.startswith(terms.RESERVED):
            return "a term of the reserved vocabulary that is not read"
        kind = self._property_kind(t.predicate)
        if kind is None:
            return "a property that is not declared"
        if kind == "object property" and isinstance(value, Literal):
            return "a literal as the value of an object property"
        if kind == "data property" and not isinstance(value, Literal):
            return "no literal as the value of a data property"
        return None

    def _unread_type(self, subject: Node, value: Term) -> str | None:
        name = _key(value)
        if name in terms.KINDS:
            return (
                None
                if isinstance(subject, NamedNode) or name == terms.OWL + "Class"
                else "a declaration of a blank node"
            )
        if name in terms.CHARACTERISTICS:
            functional = name == terms.OWL + "FunctionalProperty"
            kind = self._property_kind(subject)
            fine = kind == "object property" or (functional and kind == "data property")
            return None if fine else "a characteristic that this kind of property cannot have"
        if name in terms.STRUCTURES:
            if name in (terms.OWL + "AllDifferent", terms.OWL + "AllDisjointClasses"):
                said = self._of[_key(subject)]
                operands = [*said[terms.OWL + "distinctMembers"], *said[terms.OWL + "members"]]
                members = self._list(operands[0]) if len(operands) == 1 else []
                classes = name == terms.OWL + "AllDisjointClasses"
                fine = len(members) > 1 and (not classes or all(map(self._is_class, members)))
                return None if fine else "a list of members that is not one"
            return None if isinstance(subject, BlankNode) else "an expression with a name"
        return None if self._is_class(value) else "a type that is not a declared class"

    def _unread_domain(self, t: Triple) -> str | None:
        kind = self._property_kind(t.subject)
        if kind is None:
            return "a domain or range of what is no property"
        if kind == "annotation property":
            return None if isinstance(t.object, NamedNode) else "an expression as range of an annotation property"
        datatype = kind == "data property" and t.predicate.value == terms.RDFS + "range"
        fine = self._is_datatype(t.object) if datatype else self._is_class(t.object)
        return None if fine else "a domain or range that is not declared"


def _key(term: Term) -> str:
    """A term as a key: the IRI of a named node, else its N-Triples form."""
    return term.value if isinstance(term, NamedNode) else str(term)
