"""Which classification a printed code is of, where its title tells and the heading above it does not.

The same characters are a code of each (`K21.9`). The titles of OPCS-4 codes and the existence of codes of both are
known from the open counts (`ontology/opcs4_in_use.tsv`, `ontology/icd10_in_use.tsv`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from types import MappingProxyType

from kg import resources
from kg.codes import Category, Chapters, One, Scheme, Selector
from kg.codes.selector import spans

_FILES = {Scheme.OPCS4: "ontology/opcs4_in_use.tsv", Scheme.ICD10: "ontology/icd10_in_use.tsv"}
_SMALL = frozenset(
    [
        "other",
        "specified",
        "unspecified",
        "with",
        "without",
        "from",
        "that",
        "this",
        "into",
        "using",
        "which",
        "nec",
        "noc",
        "unclassified",
    ]
)


_LONG_WORD = re.compile(r"[a-z]{4,}")
# What is done, among the first words: no title of ICD-10 begins so.
_DONE = re.compile(
    r"(?:[\w-]+ ){0,3}?(?:insertion|implantation|excision|removal|destruction|ablation|replacement|injection|dilation"
    r"|resection|repair|closure|drainage|extirpation|anastomosis|arthrodesis|embolisation|transplantation"
    r"|percutaneous|transluminal|endoscopic|laparoscopic|fibreoptic|operations? on|approach to"
    r"|\w+(?:ectomy|otomy|plasty|scopy|pexy|desis))\b",
    re.IGNORECASE,
)


def scheme_of(selector: Selector, title: str, heading: Scheme) -> Scheme:
    """The classification of a code printed with a title under a heading of `heading`.

    The heading decides unless the title says otherwise: nothing of it is in the titles of OPCS-4 codes there and
    ICD-10 has such a code, or, under a heading of ICD-10, all of it is.
    """
    if not isinstance(selector, One | Category):
        return heading
    words = _words(title)
    if not words:
        return heading
    shared = len(words & _words(" ".join(titles_of(selector)))) / len(words)
    if heading is Scheme.OPCS4:
        if shared or not exists(selector, Scheme.ICD10):
            return heading
        if len(words) < 2:  # one word is a title of ICD-10 only where OPCS-4 has no such code nor word
            word = _LONG_WORD.findall(title.lower())[0]
            lone = str(selector)[0] in "YZO" or _is_of_procedures(word, near=exists(selector, Scheme.OPCS4))
            return heading if lone else Scheme.ICD10
        if names_procedure(title) or _DONE.match(title) or _names_site(selector, title):
            return heading  # the title of another procedure: a slip, not the other classification
        # A code with the title of its neighbour is one too.
        around = titles_of(Category(Scheme.OPCS4, str(selector)[:3]))
        return heading if len(words & _words(" ".join(around))) > len(words) / 2 else Scheme.ICD10
    if len(words) > 2 and known_end(selector, f" {title}") > len(title):
        return Scheme.OPCS4  # word for word the title that the code has there
    if isinstance(selector, Category) and shared == 1 and len(words) > 1:
        return Scheme.OPCS4  # all words of the title are those of its codes there
    return Scheme.OPCS4 if shared > 0.8 and len(words) > 1 and not exists(selector, Scheme.ICD10) else heading


@cache
def _is_of_procedures(word: str, *, near: bool) -> bool:
    """Whether a word is one of titles of procedures, or, if `near` ones count, may be a misprint of one."""
    return word in words_of_titles() or (near and bool(get_close_matches(word, words_of_titles(), 1, 0.8)))


def is_no_site(selector: Selector, title: str) -> bool:
    """Whether a title of one word, of a code of chapter Z that ICD-10 has, is none of the sites of OPCS-4, which have
    that chapter there, nor the misprint of one.
    """
    words = _LONG_WORD.findall(title.lower())
    if len(words) != 1 or not str(selector).startswith("Z") or not exists(selector, Scheme.ICD10):
        return False
    return not get_close_matches(words[0], _words_of_sites(), 1, 0.7)


def is_site_of_another(selector: Selector, title: str) -> bool:
    """Whether a code of chapter Z that ICD-10 has too is printed with the title of another site."""
    alike = bool(_words(title) & _words(" ".join(titles_of(selector))))
    several = len(_words(title)) > 1  # one word alone decides nothing
    return several and exists(selector, Scheme.ICD10) and not alike and _names_site(selector, title)


def _names_site(selector: Selector, title: str) -> bool:
    """Whether all words of the title of a code of chapter Z are those of sites, so that it is a site's."""
    words = _LONG_WORD.findall(title.lower())
    return str(selector).startswith("Z") and bool(words) and all(word in _words_of_sites() for word in words)


@cache
def _words_of_sites() -> frozenset[str]:
    """The words of the titles of chapter Z of OPCS-4."""
    keys, rows = _rows(Scheme.OPCS4)
    return frozenset(word for key in keys if key.startswith("Z") for word in _LONG_WORD.findall(rows[key].lower()))


def is_title(selector: Selector, title: str, most: float = 0.6) -> bool:
    """Whether words are, in the main, those of the titles that the code or category has in OPCS-4."""
    words = _words(title)
    if not words or not isinstance(selector, One | Category):
        return False
    return len(words & _words(" ".join(titles_of(selector)))) / len(words) > most


@lru_cache(maxsize=4096)
def known_end(selector: Selector, text: str) -> int:
    """How many characters of the words behind a code are its title in OPCS-4; 0 where they are none that is known."""
    if not isinstance(selector, One | Category):
        return 0
    found, begin = 0, len(text) - len(text.lstrip())
    titles = _printed().get(_span(selector)[0], ()) if isinstance(selector, One) else _of_category(selector)
    for title in titles:
        end = begin + len(title)
        if text[begin:end].lower() == title and _ENDS.match(text, end):
            found = max(found, end)
        elif found == 0 and (hit := _with_articles(title).match(text, begin)) is not None:
            found = hit.end()
    return found


@cache
def _of_category(selector: Category) -> tuple[str, ...]:
    """The title of a category, as its codes for what is other specified or unspecified have it."""
    printed = (title for rest in "89" for title in _printed().get(f"{str(selector)[:3]}{rest}", ()))
    bare = (re.sub(r"^(?:other specified|unspecified) ", "", title) for title in printed)
    return tuple(dict.fromkeys(bare))


@cache
def _with_articles(title: str) -> re.Pattern[str]:
    """A title that may have articles in print ("operations on the anal sphincter")."""
    return re.compile(r"\s+(?:(?:the|an?)\s+)?".join(map(re.escape, title.split())) + r"(?![\w-])", re.IGNORECASE)


_ENDS = re.compile(r"(?![\w-])")


@cache
def _printed() -> Mapping[str, tuple[str, ...]]:
    rows: dict[str, tuple[str, ...]] = {}
    for line in resources.text(_FILES[Scheme.OPCS4]).splitlines():
        cells = line.split("\t", 3)
        if len(cells) > 2 and not line.startswith(("#", "code\t")):
            titles = (" ".join(t.lower().split()) for t in (cells[1], *cells[2].split("|")))
            rows[cells[0].replace(".", "")] = tuple(t for t in titles if t)
    return MappingProxyType(rows)


@cache
def words_of_titles() -> frozenset[str]:
    """The words that the titles of procedures are made of, in small letters, with those that have a hyphen."""
    rows = resources.text(_FILES[Scheme.OPCS4]).splitlines()[1:]
    found = (re.findall(r"[a-z]+(?:-[a-z]+)*", row.split("\t")[1].lower()) for row in rows)
    return frozenset(word for words in found for word in words)


def names_procedure(title: str) -> bool:
    """Whether words are, one for one, the title of a code of OPCS-4, or the first words of one (two at least)."""
    plain, titles = _plain(title), _all_titles()
    at = bisect_left(titles, plain)
    near = titles[at] if at < len(titles) else ""
    return near == plain or (" " in plain and near.startswith(f"{plain} "))


@cache
def _all_titles() -> tuple[str, ...]:
    return tuple(sorted(_plain(row.split("\t")[1]) for row in resources.text(_FILES[Scheme.OPCS4]).splitlines()[1:]))


def _plain(title: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", title.lower()))


def _words(text: str) -> frozenset[str]:
    """The telling words of a title, cut to their first six letters so that endings do not matter."""
    return frozenset(w[:6] for w in _LONG_WORD.findall(text.lower()) if w not in _SMALL)


@lru_cache(maxsize=4096)
def _span(selector: Selector) -> tuple[str, str]:
    return spans(selector, Chapters())[0]


@lru_cache(maxsize=1024)
def titles_of(selector: Selector) -> tuple[str, ...]:
    """The titles of the OPCS-4 codes that a selector covers."""
    keys, rows = _rows(Scheme.OPCS4)
    low, high = _span(selector)
    return tuple(rows[key] for key in keys[bisect_left(keys, low) : bisect_left(keys, high)])


def exists(selector: Selector, scheme: Scheme) -> bool:
    """Whether any code that a selector covers is in use in a classification."""
    keys, _ = _rows(scheme)
    low, high = _span(selector)
    return bisect_left(keys, low[:4]) < bisect_left(keys, high)


@cache
def _rows(scheme: Scheme) -> tuple[tuple[str, ...], Mapping[str, str]]:
    rows: dict[str, str] = {}
    for line in resources.text(_FILES[scheme]).splitlines():
        cells = line.split("\t", 3)
        if len(cells) > 2 and not line.startswith(("#", "code\t")):
            rows[cells[0].replace(".", "")] = f"{cells[1]} {cells[2]}" if scheme is Scheme.OPCS4 else ""
    return tuple(sorted(rows)), MappingProxyType(rows)
