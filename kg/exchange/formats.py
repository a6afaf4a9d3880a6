"""Which formats there are beside those of RDF, by the names that people write, and the one way to write each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import NamedNode, Store

from kg.exchange import fhir, sssom
from kg.exchange.asking import answer, part_of
from kg.graph.export import Format, write_triples


class Exchange(StrEnum):
    """A format of a neighbouring field."""

    CSV = "csv"
    SKOS = "skos"
    SSSOM = "sssom"
    CODE_SYSTEM = "codesystem"
    VALUE_SET = "valueset"
    CONCEPT_MAP = "conceptmap"

    @classmethod
    def named(cls, text: str) -> Exchange | None:
        """The format of a name as people write it (`SSSOM`, `FHIR ConceptMap`, `fhir-value-set`), or None."""
        plain = "".join(c for c in text.lower() if c.isalnum()).removeprefix("fhir")
        return next((one for one in cls if one.value == plain), None)

    @classmethod
    def of_file(cls, output: Path | None) -> Exchange | None:
        """The format that a file's ending says: `.csv`, or `.sssom.tsv` and `.tsv`."""
        return {".csv": cls.CSV, ".tsv": cls.SSSOM}.get(output.suffix.lower()) if output else None


def write(
    store: Store,
    out: BinaryIO,
    format: Exchange,
    release: str,
    guidance: NamedNode | None = None,
    rdf: Format = Format.TURTLE,
) -> None:
    """Write a store, or what is known of one guidance; `release` is the id of what is exported, `rdf` how SKOS is
    written.

    The same store gives the same bytes. All of what is written is in memory.

    Raises:
        KgError: KG-E0601 for a guidance that is not in the store, KG-E0704 for what the format cannot hold.
    """
    held = store if guidance is None else part_of(store, guidance)
    match format:
        case Exchange.CSV:
            out.write(answer(held, "relations").to_csv().encode())
        case Exchange.SKOS:
            write_triples(answer(held, "skos").triples or (), out, rdf)
        case Exchange.SSSOM:
            out.write(sssom.mapping_set(held, release, guidance).encode())
        case Exchange.CODE_SYSTEM:
            out.write(fhir.bundle(fhir.code_systems(held)).encode())
        case Exchange.VALUE_SET:
            out.write(fhir.bundle(fhir.value_sets(held)).encode())
        case Exchange.CONCEPT_MAP:
            out.write(fhir.bundle(fhir.concept_maps(held)).encode())
