"""What a code is: OPCS-4 and ICD-10 codes, selectors of codes, SNOMED CT identifiers. Pure; the one reader and
printer of each.
"""

from kg.codes.chapters import SUBSIDIARY, Chapters
from kg.codes.classification import Classification
from kg.codes.code import Code, Scheme
from kg.codes.code_list import CodeList
from kg.codes.sctid import Component, SctId
from kg.codes.selector import (
    Category,
    Chapter,
    One,
    Range,
    Selector,
    covers,
    mark_of,
    may_lead,
    overlap,
    parse_selector,
    within,
)

__all__ = [
    "SUBSIDIARY",
    "Category",
    "Chapter",
    "Chapters",
    "Classification",
    "Code",
    "CodeList",
    "Component",
    "One",
    "Range",
    "Scheme",
    "SctId",
    "Selector",
    "covers",
    "mark_of",
    "may_lead",
    "overlap",
    "parse_selector",
    "within",
]
