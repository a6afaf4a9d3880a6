"""All of an edition of SNOMED CT as triples, for those who ask it in SPARQL (`kg build --quads all`).

The same facts as of the concepts that guidances list (`kg.graph.edition`), of every concept. Written by column, since
there are millions.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING

from pyoxigraph import Literal, RdfFormat, Store

from kg.codes import Chapter, Code, One, Scheme, Selector
from kg.errors import KgError
from kg.graph import iris
from kg.graph.edition import value_of
from kg.graph.vocabulary import Other
from kg.terminology.code_edition import ReleasedCodes
from kg.terminology.in_use import OpenCodes
from kg.terminology.snomed import TERM_KINDS, SnomedEdition

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

_AT_ONCE = 1_000_000  # lines that are written at once
_TRUE = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'


def load_all(store: Store, edition: SnomedEdition) -> None:
    """Load all of an edition into its graph: from a file, since the engine reads text faster than values of Python."""
    with NamedTemporaryFile() as file:
        write_triples(edition, file)
        file.flush()
        graph = iris.edition_graph("snomed-ct", edition.edition.name)
        store.bulk_load(path=file.name, format=RdfFormat.N_TRIPLES, to_graph=graph)


def all_chapters(codes: OpenCodes | ReleasedCodes) -> list[Selector]:
    """The chapters of the classifications that are loaded: below them are all codes."""
    found = [Chapter(scheme, letter) for scheme in Scheme if codes.is_complete(scheme) for letter in ascii_uppercase]
    return [chapter for chapter in found if next(iter(codes.codes_under(chapter)), None) is not None]


def write_triples(edition: SnomedEdition, out: IO[bytes]) -> None:
    """Write an edition as N-Triples, each triple once. Linear; a column at once is held in memory."""
    for lines in _lines(edition):
        for at in range(0, len(lines), _AT_ONCE):
            data = lines[at : at + _AT_ONCE].rechunk().to_arrow().buffers()[2]
            if data is not None:
                out.write(data)


def _lines(edition: SnomedEdition) -> Iterator[pl.Series]:
    import numpy as np
    import polars as pl

    arrays, says = edition.arrays, _Says(edition)
    every = np.arange(len(edition), dtype=np.int32)
    yield says.of(every, Other.TYPE, str(Other.SKOS_CONCEPT))
    yield says.of(every, Other.NOTATION, _literals(says.ids))
    yield says.of(every, Other.IN_SCHEME, str(iris.SNOMED_CT))
    yield says.of(np.flatnonzero(arrays["concept.active"].array == 0), Other.DEPRECATED, _TRUE)
    told = ((Other.TYPE, Other.SKOS_SCHEME), (Other.PREF_LABEL, Literal(edition.edition.title)))
    yield pl.Series([f"{iris.SNOMED_CT} {predicate} {object} .\n" for predicate, object in told])
    yield from _terms(edition, says)
    children = np.repeat(every, np.diff(arrays["parent.start"].array))
    yield says.of(children, Other.BROADER, says.names.gather(arrays["parent.row"].array))
    history = _once(s=arrays["history.concept"].array, o=arrays["history.target"].array)
    yield says.of(history["s"], Other.IS_REPLACED_BY, says.names.gather(history["o"]))
    yield from _attributes(edition, says)
    yield from _mapped(edition, says)


class _Says:
    """Makes lines of subjects, which are concepts by ordinal, a predicate and objects."""

    def __init__(self, edition: SnomedEdition) -> None:
        import polars as pl

        self.ids = pl.Series("id", edition.arrays["concept.id"].array).cast(pl.String)
        start = iris.concept_iri(edition.id_of(0)).value.removesuffix(str(edition.id_of(0)))
        self.names = pl.select(pl.concat_str(pl.lit(f"<{start}"), self.ids, pl.lit(">"))).to_series()

    def of(self, subjects: np.ndarray | pl.Series, predicate: object, objects: pl.Series | str) -> pl.Series:
        """A line for each subject; `predicate` and `objects` are one for all, or as many as subjects."""
        import polars as pl

        parts = [self.names.gather(subjects)] + [
            each if isinstance(each, pl.Series) else pl.lit(str(each)) for each in (predicate, objects)
        ]
        return pl.select(pl.concat_str(*parts, separator=" ") + pl.lit(" .\n")).to_series()


def _terms(edition: SnomedEdition, says: _Says) -> Iterator[pl.Series]:
    """Preferred terms, and all other active ones but definitions."""
    import numpy as np
    import polars as pl

    arrays = edition.arrays
    texts, preferred = arrays.texts("term").series(), arrays["concept.preferred"].array
    has = np.flatnonzero(preferred >= 0).astype(np.int32)
    main = pl.DataFrame({"s": has, "o": texts.gather(preferred[has])})
    yield says.of(main["s"], Other.PREF_LABEL, _literals(main["o"]))
    definition = TERM_KINDS.index("definition")
    rows = np.flatnonzero((arrays["term.active"].array == 1) & (arrays["term.kind"].array != definition))
    others = pl.DataFrame({"s": arrays["term.owner"].array[rows].astype(np.int32), "o": texts.gather(rows)})
    others = others.unique(maintain_order=True).join(main, on=["s", "o"], how="anti", maintain_order="left")
    yield says.of(others["s"], Other.ALT_LABEL, _literals(others["o"]))


def _attributes(edition: SnomedEdition, says: _Says) -> Iterator[pl.Series]:
    import numpy as np
    import polars as pl

    arrays = edition.arrays
    source = np.repeat(np.arange(len(edition), dtype=np.int32), np.diff(arrays["relation.start"].array))
    found = _once(s=source, p=arrays["relation.type"].array, o=arrays["relation.target"].array)
    yield says.of(found["s"], says.names.gather(found["p"]), says.names.gather(found["o"]))
    printed = arrays.texts("concrete").series()
    known = printed.unique()
    told = {text: str(value_of(text)) for text in known.to_list()}
    columns = {"s": arrays["concrete.source"].array, "p": arrays["concrete.type"].array}
    objects = printed.replace_strict(list(told), list(told.values()), return_dtype=pl.String) if told else printed
    found = pl.DataFrame(columns).with_columns(objects.alias("o")).unique(maintain_order=True)
    yield says.of(found["s"], says.names.gather(found["p"]), found["o"])


def _mapped(edition: SnomedEdition, says: _Says) -> Iterator[pl.Series]:
    """The codes that active rows of maps name, as `kg.touched` tells them of listed concepts."""
    import numpy as np
    import polars as pl

    arrays = edition.arrays
    set, target, concept = (arrays[f"map.{name}"].array for name in ("set", "target", "concept"))
    active = arrays["map.active"].array == 1
    texts = arrays.texts("map.targets")
    for scheme in Scheme:
        sets = [number for number, each in enumerate(edition.map_sets) if each.system == scheme.value]
        rows = np.flatnonzero(active & np.isin(set, sets))
        named = {}
        for number in np.unique(target[rows]).tolist():
            try:
                named[number] = str(iris.selector_iri(One(Code.parse(texts[number], scheme).bare)))
            except KgError:
                continue  # no code: #NIS and the like
        rows = rows[np.isin(target[rows], list(named))]
        iri = pl.Series(target[rows]).replace_strict(list(named), list(named.values()), return_dtype=pl.String)
        found = pl.DataFrame({"s": concept[rows]}).with_columns(iri.alias("o")).unique(maintain_order=True)
        yield says.of(found["s"], Other.RELATED_MATCH, found["o"])


def _once(**columns: np.ndarray) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(columns).unique(maintain_order=True)


def _literals(texts: pl.Series) -> pl.Series:
    import polars as pl

    plain = pl.col("t").str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return pl.DataFrame({"t": texts}).select(pl.concat_str(pl.lit('"'), plain, pl.lit('"'))).to_series()
