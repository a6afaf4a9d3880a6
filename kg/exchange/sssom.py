"""The maps-to of all guidances as a mapping set of SSSOM 1.0, in TSV with its metadata above."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from pyoxigraph import NamedNode, Store

from kg.exchange.asking import MAPS_TO, recorded_as, relations, rights
from kg.graph import iris

_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "subject_source",
    "object_source",
    "mapping_source",
    "comment",
)
# Prefix of a system's terms, and its own name, in which mapping sets call it.
_SYSTEMS = {
    "OPCS-4": ("opcs4", "fhiruk:opcs-4"),
    "ICD-10": ("icd10", "fhirsid:icd-10-uk"),
    "SNOMED CT": ("sct", "snomedinfo:sct"),
    "guidance": ("guidance", "kgid:guidance"),
}
_PREFIXES = {
    **{prefix: iris.PREFIXES[prefix] for prefix in ("guidance", "icd10", "opcs4", "sct", "skos")},
    "fhirsid": "http://hl7.org/fhir/sid/",
    "fhiruk": "https://fhir.hl7.org.uk/Id/",
    "kgid": iris.DATA,
    "semapv": "https://w3id.org/semapv/vocab/",
    "snomedinfo": "http://snomed.info/",
}
_DESCRIPTION = (
    "What published coding recommendations, and SNOMED CT concepts that they list, are recorded with; as printed, "
    "without the national standards. Each row holds in the context of the guidance named as its source. Several rows "
    "of one subject are cases of it, or codes of one combination: the comment has the combinations in which the code "
    "stands. A concept whose term does not tell which of several codes is meant has no row."
)
_UNSPECIFIED = "https://w3id.org/sssom/license/unspecified"


def mapping_set(store: Store, release: str, guidance: NamedNode | None = None) -> str:
    """The whole file; `guidance` only names the set that a store of one guidance makes.

    The predicate is skos:relatedMatch: maps-to says how a record is coded, and claims no nearness of meaning. That a
    guidance maps to a code is said by its document (manual curation); that a concept does is derived (logical
    reasoning).
    """
    metadata: list[tuple[str, object]] = [
        ("curie_map", dict(sorted(_PREFIXES.items()))),
        ("mapping_set_id", f"{(guidance or iris.DATASET).value}/mappings"),
        ("mapping_set_version", release),
        ("mapping_set_title", "Coding recommendations: maps-to"),
        ("mapping_set_description", _DESCRIPTION),
        ("license", _UNSPECIFIED),
        ("comment", rights(store)),
    ]
    out = io.StringIO()
    for key, value in metadata:
        if isinstance(value, dict):
            out.write(f"#{key}:\n" + "".join(f"#  {k}: {json.dumps(v)}\n" for k, v in value.items()))
        elif value:
            out.write(f"#{key}: {json.dumps(value, ensure_ascii=False)}\n")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(sorted(set(_rows(store))))
    return out.getvalue()


def _rows(store: Store) -> Iterator[tuple[str, ...]]:
    said = recorded_as(store)
    for row in relations(store):
        if row.relation != MAPS_TO:
            continue
        justified = "ManualMappingCuration" if row.subject_system == "guidance" else "LogicalReasoning"
        yield (
            _curie(row.subject_system, row.subject),
            row.subject_label,
            "skos:relatedMatch",
            _curie(row.object_system, row.object),
            row.object_label,
            f"semapv:{justified}",
            _SYSTEMS[row.subject_system][1],
            _SYSTEMS[row.object_system][1],
            _curie("guidance", row.guidance),
            said.get((row.guidance, row.object_system, row.object), ""),
        )


def _curie(system: str, code: str) -> str:
    prefix = _SYSTEMS[system][0]
    if system == "guidance":
        return f"{prefix}:{iris.guidance_iri(code).value.removeprefix(iris.PREFIXES[prefix])}"
    return f"{prefix}:{code}"
