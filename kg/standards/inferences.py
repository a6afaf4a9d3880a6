"""What codes and terms say of conditions, from `ontology/inferred.tsv`."""

from __future__ import annotations

from collections.abc import Callable

from kg import resources
from kg.codes import Classification, Scheme, SctId, Selector, parse_selector
from kg.errors import KgError, Place
from kg.facets import Fact, Lexicon
from kg.reason.inferring import Inferring

_FILE = "ontology/inferred.tsv"
_COLUMNS = ["by", "selector", "facet", "value"]


def load_inferring(
    classification: Classification, lexicon: Lexicon, term_of: Callable[[SctId], str] = lambda _: ""
) -> Inferring:
    """The table, ready to be asked; with the codes of the lexicon that state a value of one of its facets by their use.

    Raises:
        KgError: KG-E0703 if the table is missing or broken.
    """
    coded: list[tuple[Selector, Fact]] = []
    words: dict[str, set[Fact]] = {"title": set(), "term": set()}
    for number, cells in resources.table(_FILE, _COLUMNS):
        try:
            by, selector, facet, value = cells
            if value != "-":
                lexicon.facets.check(facet, value)
            if by == "code":
                coded.append((parse_selector(selector, Scheme.OPCS4), (facet, value)))
            elif selector:
                raise ValueError("a selector is for code")
            else:
                words[by].add((facet, value))
        except (KgError, KeyError, ValueError) as fault:
            raise KgError("KG-E0703", f"{_FILE} has a broken row: {fault}", where=Place(_FILE, number)) from fault
    said = {facet for _, (facet, _) in coded}
    coded += [(s, fact) for s, fact in lexicon.codes if s.scheme is Scheme.OPCS4 and fact[0] in said]
    return Inferring(
        classification, tuple(coded), frozenset(words["title"]), frozenset(words["term"]), lexicon.stated_in, term_of
    )
