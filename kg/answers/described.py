"""What a store can say of a code that no guidance touches, as triples: those that one that is touched has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.errors import KgError

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from kg.workspace import Workspace


def described(workspace: Workspace, iri: str) -> list[Triple]:
    """The triples of the code, category, range or chapter that an IRI names: kind, notation, title, what is above it.

    The triples of a store stay those of what guidances touch; a release has a hundred times as many codes.

    Raises:
        KgError: KG-E1113 where it names none, or none that a list or a release of the store knows.
    """
    from pyoxigraph import NamedNode

    from kg.answers.show import show
    from kg.graph.classifications import encode_selectors
    from kg.graph.iris import selector_iri, selector_of

    it = NamedNode(iri)
    try:
        selector = selector_of(it)
        known = show(workspace, str(selector), str(selector.scheme))
    except KgError:
        raise KgError("KG-E1113", f"nothing is known of <{iri}>", hint="Find names with /sparql.") from None
    if selector_iri(selector) != it:
        raise KgError("KG-E1113", f"<{iri}> is written <{selector_iri(selector).value}>", hint="Ask for that.")
    titles = {selector: known["title"]} if known["title"] else {}
    quads = encode_selectors([selector], workspace.classification, titles)
    return [quad.triple for quad in quads if quad.subject == it]
