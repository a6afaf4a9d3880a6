"""The five guidances that the program is for first, in its own words, and what is derived from them, told short."""

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad

from kg.expression.nodes import Optional, Unnamed
from kg.expression.recommendation import Recommendation, Side
from kg.graph import dataset, iris, relations
from tests.graph.builders import all_of, concept, dx, encoded, guidance, one_of, pick, when


def derived(r: Recommendation) -> list[Quad]:
    return relations.derived(encoded(r), dataset.facets())


def short(term: object) -> str:
    """A selector by its notation, a concept by its number, a node by its side and number."""
    assert isinstance(term, NamedNode)
    value = term.value.removeprefix(iris.DATA).removeprefix("http://snomed.info/id/")
    if value.startswith(("opcs-4/", "icd-10/")):
        return value.split("/")[1]
    return value.partition("/node/")[2] or value


def related(quads: Iterable[Quad], predicate: NamedNode, subject: str) -> list[str]:
    """What a selector, concept or node is related to, sorted."""
    return sorted(short(q.object) for q in quads if q.predicate == predicate and short(q.subject) == subject)


# -- the five guidances, in the project's own words

OPEN_OR_KEYHOLE = guidance(
    "IPG553",
    all_of(
        one_of(
            all_of(pick("J03.2"), pick("Y13.7")),
            when("laparoscopic", pick("J08.3")),
            when("percutaneous", pick("J12.7")),
        ),
        when("images guide the needle", one_of(pick("Y53"), pick("Y68"))),
    ),
    dx("C78.7", "Secondary malignant neoplasm of liver"),
    concept("709020001", "Open microwave ablation of lesion of liver"),
    concept("448540000", "Laparoscopic microwave ablation of lesion of liver"),
    concept("609232008", "Percutaneous microwave ablation of lesion of liver"),
    concept("813671000000107", "Secondary malignant neoplasm of liver and bile duct", Side.DIAGNOSIS),
)

CHEMOSATURATION = guidance(
    "IP1062/2",
    all_of(pick("J16.1"), one_of(pick("Y53"), pick("Y68"), pick("Y79")), pick("Y73.2"), pick("X70-X71")),
    one_of(dx("C22.-", "Malignant neoplasm of liver"), dx("C78.7", "Secondary malignant neoplasm of liver")),
    concept("737083005", "Fluoroscopy guided percutaneous chemosaturation of hepatic artery"),
    concept("95214007", "Primary malignant neoplasm of liver", Side.DIAGNOSIS),
    concept("94381002", "Secondary malignant neoplasm of liver", Side.DIAGNOSIS),
)

RADIATION = guidance(
    "IPG672",
    all_of(pick("J12.3"), pick("X65.3"), pick("Y36.4"), Optional(pick("Y89")), pick("Y53.4")),
    all_of(
        dx("C78.7"),
        one_of(
            when("primary eradicated", dx("Z85.0")),
            when("primary still present", one_of(dx("C18.-"), dx("C19"), dx("C20"))),
        ),
    ),
)

CRYOTHERAPY = guidance(
    "IPG369",
    one_of(
        when("open", all_of(pick("J03.2"), pick("Y13.2"))),
        when("percutaneous", all_of(pick("J12.8"), pick("Y13.2"), one_of(pick("Y53"), pick("Y68")))),
    ),
    dx("C78.7"),
)

CHEMOTHERAPY = guidance(
    "IPG688",
    all_of(
        one_of(pick("T41.6"), pick("T42.5")),
        pick("T48.2"),
        pick("X72"),
        when("other organs too", Unnamed("the codes of these")),
    ),
    dx("C78.6"),
)
