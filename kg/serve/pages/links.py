"""Which page a thing has: by its system and id, or by its IRI."""

from __future__ import annotations

from urllib.parse import quote

from kg.graph import iris

FOLDERS = {"OPCS-4": "opcs-4", "ICD-10": "icd-10", "SNOMED CT": "snomed-ct", "guidance": "guidance"}
SYSTEMS = {folder: system for system, folder in FOLDERS.items()}
_SNOMED_CT = "http://snomed.info/id/"


def page_of(system: str, id: str) -> str:
    """The path of a code, concept or guidance, as `/page/opcs-4/J12.8`.

    >>> page_of("guidance", "IP1062/2")
    '/page/guidance/IP1062-2'
    """
    if system == "guidance":
        return f"/page/{iris.guidance_iri(id).value.removeprefix(iris.DATA)}"
    return f"/page/{FOLDERS[system]}/{quote(id, safe='-._~')}"


def page_of_iri(iri: str) -> str | None:
    """The path of what an IRI names; None for what has no page here.

    >>> page_of_iri("http://snomed.info/id/709020001")
    '/page/snomed-ct/709020001'
    """
    if iri.startswith(iris.DATA):
        return f"/page/{iri.removeprefix(iris.DATA)}"
    if iri.startswith(_SNOMED_CT):
        return f"/page/snomed-ct/{iri.removeprefix(_SNOMED_CT)}"
    return None


def short(iri: str) -> str:
    """An IRI with a known prefix, as `opcs4:J12.8`; one of ours without one from its last part but the base, any other
    whole.
    """
    for prefix, base in sorted(iris.PREFIXES.items(), key=lambda pair: -len(pair[1])):
        if iri.startswith(base) and len(iri) > len(base):
            return f"{prefix}:{iri.removeprefix(base)}"
    return f"…/{iri.removeprefix(iris.DATA)}" if iri.startswith(iris.DATA) else iri
