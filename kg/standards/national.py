"""The national standards of `ontology/standards.ttl` as values. The file's properties are told in docs/standards.md."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from urllib.parse import unquote

from kg.codes import Scheme, Selector, parse_selector
from kg.errors import KgError, Place
from kg.reason.standard import Authority, Kind, Level, Mode, Standard
from kg.standards.pack import named

_BASE = "https://w3id.org/terminology-kg/"
_KG = f"{_BASE}ontology#"
_TERMS = "http://purl.org/dc/terms/"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
_FOLDERS = {"opcs-4": Scheme.OPCS4, "icd-10": Scheme.ICD10}


def read_national(text: str, name: str) -> list[Standard]:
    """The rules of a Turtle file, in order of classification, standard and id, each with the words, source, editions
    and dates of its standard.

    Raises:
        KgError: KG-E0703 if the text is no Turtle, KG-E0901 with all rules that cannot be read.
    """
    file = _File(text, name)
    rules: list[Standard] = []
    faults: list[KgError] = []
    for iri in file.of_type("Rule"):
        try:
            rules.append(file.rule(iri))
        except KgError as fault:
            faults.append(fault)
    ids = [rule.id for rule in rules]
    faults += [KgError("KG-E0901", f"{id} is given twice") for id in sorted({id for id in ids if ids.count(id) > 1})]
    if faults:
        rest = "\n  ".join(fault.what for fault in faults[1:])
        why = "\n  ".join(part for part in (faults[0].why, rest) if part)
        raise KgError("KG-E0901", faults[0].what, where=Place(name), why=why, hint=faults[0].hint)
    return sorted(rules, key=lambda s: (s.scheme is Scheme.ICD10, s.standard, s.id))


class _File:
    """The triples of the file by subject and predicate."""

    def __init__(self, text: str, name: str) -> None:
        import pyoxigraph as ox

        self._table: dict[tuple[str, str], list[str]] = {}
        try:
            for triple in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE):
                subject, object_ = triple.subject, triple.object
                if isinstance(subject, ox.NamedNode) and isinstance(object_, ox.NamedNode | ox.Literal):
                    key = (subject.value, triple.predicate.value)
                    self._table.setdefault(key, []).append(object_.value)
        except SyntaxError as fault:
            raise KgError("KG-E0703", f"not Turtle: {fault.msg}", where=Place(name, fault.lineno)) from fault

    def of_type(self, local: str) -> list[str]:
        """The subjects of a class, sorted."""
        return sorted(s for (s, p), types in self._table.items() if p == _TYPE and _KG + local in types)

    def _all(self, iri: str, predicate: str) -> list[str]:
        return sorted(self._table.get((iri, predicate), []))

    def _one(self, iri: str, predicate: str) -> str:
        found = self._all(iri, predicate)
        if len(found) > 1:
            raise KgError("KG-E0901", f"{_local(iri)}: more than one {_local(predicate)}: {', '.join(found)}")
        return found[0] if found else ""

    def _needed(self, iri: str, predicate: str) -> str:
        if not (found := self._one(iri, predicate)):
            raise KgError("KG-E0901", f"{_local(iri)} has no {_local(predicate)}")
        return found

    def _selectors(self, iri: str, local: str) -> tuple[Selector, ...]:
        return _in_order(_selector(x) for x in self._all(iri, _KG + local))

    def _day(self, iri: str, local: str) -> datetime.date | None:
        text = self._one(iri, _KG + local)
        try:
            return datetime.date.fromisoformat(text) if text else None
        except ValueError:
            raise KgError("KG-E0901", f'{_local(iri)}: "{text}" is not a date') from None

    def _number(self, iri: str, local: str) -> int | None:
        text = self._one(iri, _KG + local)
        if text and not text.isdecimal():
            raise KgError("KG-E0901", f'{_local(iri)}: "{text}" is not a number')
        return int(text) if text else None

    def _kind(self, iri: str) -> Kind:
        """The kind of a rule: its other class, `kg:NeverPrimary` for never-primary."""
        classes = [_local(c) for c in self._all(iri, _TYPE) if c != f"{_KG}Rule"]
        if len(classes) != 1:
            raise KgError("KG-E0901", f"{_local(iri)} has {len(classes)} kinds, not one")
        return named(Kind, re.sub(r"(?<!^)([A-Z])", r"-\1", classes[0]).lower(), "kind of rule")

    def rule(self, iri: str) -> Standard:
        """The rule of an IRI.

        Raises:
            KgError: KG-E0901 for what is missing or of a wrong form.
        """
        standard = self._needed(iri, f"{_KG}ofStandard")
        subject = self._selectors(iri, "ruleSubject")
        if not subject:
            raise KgError("KG-E0901", f"{_local(iri)} has no ruleSubject")
        steps = sorted((self._number(step, "position") or 0, step) for step in self._all(iri, f"{_KG}step"))
        members = [(_selector(self._needed(step, f"{_KG}selector")), step) for _, step in steps]
        codings = [
            (self._needed(it, f"{_KG}value"), _selector(self._needed(it, f"{_KG}selector")))
            for it in self._all(iri, f"{_KG}coding")
        ]
        fact, facet = self._one(iri, f"{_KG}whenFact"), self._one(iri, f"{_KG}ofFacet")
        otherwise, place = self._one(iri, f"{_KG}otherwise"), self._number(iri, "position")
        return Standard(
            self._needed(iri, f"{_TERMS}identifier"),
            self._needed(standard, f"{_TERMS}identifier"),
            subject[0].scheme,
            self._kind(iri),
            subject,
            tuple(s for s, _ in members) or self._selectors(iri, "ruleObject"),
            self._selectors(iri, "unless"),
            named(Mode, self._one(iri, f"{_KG}subjectMode") or Mode.ANY, "mode"),
            named(Mode, self._one(iri, f"{_KG}objectMode") or Mode.ANY, "mode"),
            figure=self._number(iri, "figure"),
            character=(place, self._one(iri, f"{_KG}character")) if place else None,
            when=_fact(fact) if fact else None,
            facet=_local(facet),
            codings=tuple(sorted(codings, key=lambda pair: str(pair[1]))),
            otherwise=_selector(otherwise) if otherwise else None,
            across=self._selectors(iri, "across"),
            words=tuple(self._all(iri, f"{_KG}titleWord")),
            optional=tuple(s for s, step in members if self._one(step, f"{_KG}mayBeAbsent") in ("true", "1")),
            instead=self._selectors(iri, "instead"),
            level=named(Level, self._one(iri, f"{_KG}level") or Level.BREAK, "level"),
            authority=Authority.NATIONAL,
            label=self._one(standard, _LABEL),
            text=self._one(iri, f"{_TERMS}description") or self._needed(standard, f"{_TERMS}description"),
            source=self._needed(standard, f"{_TERMS}source"),
            editions=tuple(self._all(standard, f"{_KG}edition")),
            valid_from=self._day(iri, "validFrom") or self._day(standard, "validFrom"),
            valid_to=self._day(iri, "validTo") or self._day(standard, "validTo"),
        )


def _local(iri: str) -> str:
    return unquote(iri.removeprefix(f"{_BASE}id/rule/").replace("#", "/").rsplit("/", 1)[-1])


def _fact(iri: str) -> tuple[str, str]:
    """Facet and value of a facet value's IRI."""
    facet, _, value = iri.removeprefix(f"{_BASE}id/facet/").partition("/")
    return facet, value


def _selector(iri: str) -> Selector:
    """The selector of an IRI as `…/id/opcs-4/Y53.-`."""
    folder, _, local = iri.removeprefix(f"{_BASE}id/").partition("/")
    if folder not in _FOLDERS:
        raise KgError("KG-E0901", f"{iri} is no selector of codes")
    return parse_selector(unquote(local), _FOLDERS[folder])


def _in_order(selectors: Iterable[Selector]) -> tuple[Selector, ...]:
    return tuple(sorted(selectors, key=str))
