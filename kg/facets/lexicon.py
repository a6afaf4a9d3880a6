"""Facets of conditions, and the words by which their values are recognised (`ontology/facets.ttl`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from urllib.parse import unquote

from kg import resources
from kg.citation import Origin
from kg.codes import Chapters, Scheme, Selector, parse_selector
from kg.codes.selector import spans
from kg.errors import KgError, Place
from kg.expression.condition import Condition, Facets
from kg.facets.beside import Around, load_around

_FILE = "ontology/facets.ttl"
_BASE = "https://w3id.org/terminology-kg/"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_SCHEMES = {"opcs-4": Scheme.OPCS4, "icd-10": Scheme.ICD10}

Fact = tuple[str, str]
"""A facet and one of its values."""


@dataclass(frozen=True)
class Lexicon:
    """The words and codes that state a value of a facet.

    `facets` are in the order in which they name a condition that speaks of several; `words` maps a normalised phrase
    to its fact; `codes` are selectors whose use states a fact; `around` knows what the words beside a phrase do to it.
    """

    facets: Facets
    order: tuple[str, ...]
    words: Mapping[str, Fact]
    codes: tuple[tuple[Selector, Fact], ...]
    around: Around

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        phrases = sorted(self.words, key=lambda phrase: (-len(phrase), phrase))
        return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, phrases))})(?![a-z0-9])")

    def stated_in(self, text: str) -> tuple[Fact, ...]:
        """The facts that a term or a title states by its words, sorted, each once.

        Of words that lie in a longer phrase only the longer counts; a value that a narrower one implies is left out,
        and so is one that the words deny, put at another time, or use in another sense.

        >>> load_lexicon().stated_in("Fluoroscopy guided percutaneous chemosaturation of hepatic artery")
        (('approach', 'percutaneous'), ('image-control', 'fluoroscopic'))
        >>> load_lexicon().stated_in("Open angle glaucoma after failed laparoscopic approach")
        ()
        """
        return self._narrowest({fact for fact, _, affirmed in self._mentions(plain(text)) if affirmed})

    def value_in(self, facet: str, text: str) -> str | None:
        """The one value of a facet that words state; None where they state none, or several ("open or endoscopic")."""
        values = [value for own, value in self.stated_in(text) if own == facet]
        return values[0] if len(values) == 1 else None

    def named_in(self, text: str) -> tuple[Fact, ...]:
        """The facts that words speak of, be it to deny them; sorted, each once."""
        return self._narrowest({fact for fact, _, _ in self._mentions(plain(text))})

    def _mentions(self, text: str) -> list[tuple[Fact, tuple[int, int], bool]]:
        """What plain text speaks of: each fact, where, and whether it is said to hold."""
        hits = [(self.words[hit[0]], hit.span()) for hit in self._pattern.finditer(text)]
        named = [span for _, span in hits]
        return [(fact, span, self.around.affirms(fact[0], text, span, named)) for fact, span in hits]

    def _narrowest(self, found: set[Fact]) -> tuple[Fact, ...]:
        return tuple(sorted(fact for fact in found if not any(self._is_wider(fact, other) for other in found)))

    def _is_wider(self, fact: Fact, other: Fact) -> bool:
        return fact != other and fact[0] == other[0] and self.facets.implies(fact[0], other[1], fact[1])

    def stated_by(self, selector: Selector) -> tuple[Fact, ...]:
        """The facts that a code states by its use, whatever its title (`Z85.0`: primary-tumour = eradicated).

        Sorted.
        """
        own = spans(selector, Chapters())
        return tuple(
            sorted(
                fact
                for known, fact in self.codes
                if known.scheme is selector.scheme
                and all(any(lo <= start and end <= hi for lo, hi in spans(known, Chapters())) for start, end in own)
            )
        )

    def condition(self, words: str, citation: Origin | None = None) -> Condition:
        """The condition of these words: of the facet that they speak of, else known by its words alone.

        Words that deny ("not laparoscopic"), that name two values of a facet, or that say more than a value are known
        by themselves. Of several facets the first in the table's order names the condition.
        """
        fact = self.fact(words)
        return Condition(*fact, words, citation) if fact else Condition.stated(words, citation)

    def fact(self, words: str) -> Fact | None:
        """The one fact that the words of a condition state, with nothing besides; or None."""
        text = self.around.event(plain(words))
        mentions = self._mentions(text)
        if not all(affirmed for _, _, affirmed in mentions):
            return None
        stated = self._narrowest({fact for fact, _, _ in mentions})
        for facet in self.order:
            values = [fact for fact in stated if fact[0] == facet]
            if values:
                said = len(values) == 1 and self.around.accounts(facet, text, [span for _, span, _ in mentions])
                return values[0] if said else None
        return None


def plain(text: str) -> str:
    """Words in lower case with single blanks between them: case, hyphens.

    Quotes and punctuation do not tell phrases apart.
    """
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


@cache
def load_lexicon() -> Lexicon:
    """The words of `ontology/facets.ttl`, read once in a process.

    Raises:
        KgError: KG-E0703 if the file is missing or broken.
    """
    triples = list(_triples())
    of = _index(triples)
    schemes = sorted(
        (s for s, p, o in triples if p == "type" and o == f"{_SKOS}ConceptScheme" and of(s, "position")),
        key=lambda s: int(of(s, "position")[0]),
    )
    names = {scheme: of(scheme, "identifier")[0] for scheme in schemes}
    values: dict[str, dict[str, str | None]] = {name: {} for name in names.values()}
    words: dict[str, Fact] = {}
    codes: list[tuple[Selector, Fact]] = []
    for subject in sorted({s for s, p, o in triples if p == "inScheme"}):
        facet, value = names[of(subject, "inScheme")[0]], of(subject, "notation")[0]
        wider = of(subject, "broader")
        values[facet][value] = of(wider[0], "notation")[0] if wider else None
        labels = [
            *of(subject, "prefLabel"),
            *of(subject, "altLabel"),
            *([value] if value.isalpha() and len(value) > 3 else []),
        ]
        if value in {"used", "primary", "secondary", "present"}:  # too common a word to stand for the value by itself
            labels = [label for label in labels if label != value]
        for label in labels:
            if words.setdefault(plain(label), (facet, value)) != (facet, value):
                raise KgError("KG-E0703", f'{_FILE} gives "{label}" to two values', where=Place(_FILE))
        codes += [(_selector(iri), (facet, value)) for iri in of(subject, "relatedMatch")]
    table = MappingProxyType({facet: MappingProxyType(of_facet) for facet, of_facet in values.items()})
    return Lexicon(Facets(table), tuple(values), MappingProxyType(words), tuple(codes), load_around(tuple(values)))


def load_facets() -> Facets:
    """The facets with their values and what each implies."""
    return load_lexicon().facets


def _triples() -> Iterator[tuple[str, str, str]]:
    """Subject, local name of the predicate and object of each triple, as text."""
    import pyoxigraph as ox

    try:
        for triple in ox.parse(resources.text(_FILE).encode(), format=ox.RdfFormat.TURTLE):
            subject, predicate, object_ = triple.subject, triple.predicate, triple.object
            if isinstance(subject, ox.NamedNode) and isinstance(object_, ox.NamedNode | ox.Literal):
                yield subject.value, re.split(r"[#/]", predicate.value)[-1], object_.value
    except SyntaxError as fault:
        raise KgError("KG-E0703", f"{_FILE} is not Turtle: {fault.msg}", where=Place(_FILE, fault.lineno)) from fault


def _index(triples: list[tuple[str, str, str]]):
    table: dict[tuple[str, str], list[str]] = {}
    for subject, predicate, object_ in triples:
        table.setdefault((subject, predicate), []).append(object_)

    def of(subject: str, predicate: str) -> list[str]:
        return sorted(table.get((subject, predicate), []))

    return of


def _selector(iri: str) -> Selector:
    """The selector of an IRI as `…/id/icd-10/Z85.-`."""
    scheme, _, local = iri.removeprefix(f"{_BASE}id/").partition("/")
    return parse_selector(unquote(local), _SCHEMES[scheme])
