"""Other ways to the same answer, held against the evaluator's: combinations by SPARQL and by HermiT, and whether a
recommendation can be satisfied at all. A disagreement is an error, never an answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import Store

from kg.errors import KgError
from kg.expression.combination import Combinations
from kg.expression.condition import Context
from kg.expression.recommendation import Recommendation, Side
from kg.graph.derivation import combinations_by_sparql
from kg.graph.iris import guidance_iri
from kg.owl.events import Events
from kg.reason.conflicts import Conflict


def derived_by(way: str, store: Store, r: Recommendation, side: Side, known: Combinations) -> list[str]:
    """The combinations of one side as printed, derived by `sparql` (rules on the triples) or by `owl` (HermiT on
    classes), each as its sorted notations, sorted; `known` are the evaluator's, which are the same.

    Raises:
        KgError: KG-E0609, KG-E0801, KG-E0802 where this way does not get there; KG-E0804 where it finds others.
    """
    e, context = r.side(side), known.context
    if e is None:
        return []
    by_sparql = way == "sparql"
    found = (
        combinations_by_sparql(store, guidance_iri(r.id), side, context)
        if by_sparql
        else Events(e, context).combinations()
    )
    if len(found) != known.count or found != sorted(" + ".join(sorted(map(str, c.selectors))) for c in known):
        what = f"{way} derives {len(found)} combinations of {r.id} ({side}), the evaluator {known.count} or others"
        raise KgError("KG-E0804", what)
    return found


def held_against_hermit(recommendations: Iterable[Recommendation], found: Iterable[Conflict], context: Context) -> None:
    """Ask HermiT of each side whether a record can satisfy it as printed, and of each conflict without rules whether
    its statements alone conflict.

    Raises:
        KgError: KG-E0801 where HermiT cannot run; KG-E0804 where it says otherwise than the evaluator.
    """
    impossible = {(c.guidance, c.side): c for c in found if not c.by_rules}
    for r in recommendations:
        for side, e in ((side, r.side(side)) for side in Side):
            conflict = impossible.get((r.id, side))
            asked = [one for one in (e, conflict.left if conflict else None) if one is not None]
            if any(Events(one, context).is_possible() is (conflict is not None) for one in asked):
                raise KgError("KG-E0804", f"HermiT and the evaluator disagree on the {side} side of {r.id}")
