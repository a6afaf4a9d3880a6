"""Misprints: a character of a code misread, lost or doubled; a word by which lines are told apart, wrong by a letter.

A scanner reads 8 as B and a full stop as a comma; a typist drops a letter of "plus". What it stands for is read where
that is plain, and a person is asked; what is not plain is pointed at. Nothing here changes where words stand in the
document, or what a citation quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from kg import resources
from kg.errors import KgError, Place
from kg.facets import load_lexicon
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots
from kg.guidance.page.titles import words_of_titles

_FILE = "ontology/misprints.tsv"
_KINDS = ("telling", "joint", "opener", "follows", "deciding", "glue", "short", "near")

_FIGURES = MappingProxyType(
    {letter: figure for letters, figure in (("OoQD", "0"), ("Iil|!", "1"), ("Zz", "2"), ("Ss", "5"), ("Gb", "6"),
                                            ("B", "8"), ("qg", "9")) for letter in letters}
)  # fmt: skip
_LETTERS = MappingProxyType({"0": "O", "1": "I", "l": "I", "|": "I", "5": "S", "8": "B", "2": "Z", "6": "G"})
_F, _L = r"[0-9OoQDIil|!SsZzGbqgB]", r"[A-Z0-9l|]"
_FIGURE = re.compile(r"\d")
_FROM, _TO = r"(?<![A-Za-z0-9./-])", r"(?![A-Za-z0-9])"
# Where a line has a code and not a quantity: at its beginning, behind what joins codes or leads to one.
_AT_HEAD = re.compile(
    r"(?:^|\b(?:plus|or|and|codes?|category|note|addition|(?:coded?|recorded|assigned) (?:to|as|with))\b"
    r"|[,;:+&/('\"])\s*$",
    re.IGNORECASE,
)
_WITH_STOP = re.compile(rf"{_FROM}({_L})({_F}{_F})([.,:;\u00b7_])({_F}|X|-)({_F}?){_TO}")
_PARTED = re.compile(rf"{_FROM}[A-Z] \d\d ?\. ?[\d-](?![\w.])")  # "W 82.3"
_NO_CODE = re.compile(
    r"\b(?:vitamins?|tables?|figures?|fig|sections?|pages?|levels?|grades?|types?|stages?|versions?|parts?|appendix|hepatitis"
    r"|groups?|class(?:es)?|vertebrae?|box|option)\s*$",
    re.IGNORECASE,
)
# "a code from Y 53", "Y 53 Approach to organ".
_PARTED_CATEGORY = re.compile(
    r"(?:^|(?<=\bfrom )|(?<=\bcategory )|(?<=\bcodes in )|(?<=\bcode in )|(?<=\bcode of ))[A-Z] \d\d"
    r"(?=\s+[A-Z][a-z]|\s+(?:is|are|must|should|may|if|when|where|and|or)\b|[,;)]|\.?$)"
)
_END = rf"{_L}{_F}{_F}(?:\.(?:{_F}|X|-))?"
_RANGE = re.compile(rf"{_FROM}({_END})-({_END}){_TO}")
_BARE = re.compile(rf"{_FROM}([A-Z]){_F}{_F}(?=\s+[A-Z][a-z]|\s*$|\s+(?:plus|or|and)\b)")

# What looks like a code and is none, and what it stands for is open: a figure too many or too few, a letter lost.
_TITLE = r"(?=\s+[A-Z(]|\s*$)"
_ODD = re.compile(
    rf"{_FROM}(?:"
    r"[A-Z][0-9OoIlS]{2}\.(?:[0-9]{3,}|[0-9]{0,3}[A-Za-z][A-Za-z0-9]?|[OoIlSB])(?![A-Za-z0-9])"
    r"|[A-Z](?:[0-9][OoIlS]|[OoIlS][0-9])\.[0-9X-]|[A-Z]\d\.[\dX-](?!\w)|[A-Z]\d{3}\.[\dX-](?!\w)|[A-Z]{2}\d{2}\.[\dX-](?!\w)"
    r"|[a-z]\d\d\.[\dX-](?![\w.])|[A-Z]\.\d\d\.?[\dX-]|[A-Z]\d\.\d[.\d]\d?(?!\w)|[A-Z] \d\d\.[\dX-](?!\w)"
    r"|[A-Z]\d{3}-[A-Z]\d\d|[A-Z]{2}\d\d-[A-Z]\d\d|[A-Z]\d\d-[A-Z]{2}\d\d|[A-Z]\d\d-[A-Z]\d{3}(?![\d.])|[A-Z]\d\d-[A-Z]?\d(?:\.\d)?(?![\w.])|[A-Z]\d\d-\d\d(?![\w.])|[A-Z]\d-[A-Z]\d\d(?!\w)|[A-Z]\d\d[A-Z]\d\d(?!\w)"
    rf"|[A-Z]\d\d \d{_TITLE}|[A-Z]\d\d[^\w\s.]{{1,2}}[\d](?!\w)|[A-Z]\d\d[.,;:]{{2,}}[\dX-])"
)
_ODD_AT_HEAD = re.compile(
    rf"{_FROM}(?:\d\d\.(?:\d{{1,2}}{_TITLE}|-)|\d\d-[A-Z]\d\d(?!\w)|[A-Z]\.\d{_TITLE}"
    rf"|[A-Z]\d{_TITLE}|[A-Z]{{2}}\d{{2}}{_TITLE}|\d{{2,3}}\.[\dX-])"
)
# In a line of codes, or behind an opening quote: the figure behind the full stop is lost. At the beginning: the letter.
_CUT_OFF = re.compile(
    rf"{_FROM}[A-Z]\d\d\.(?=\s+[A-Z][a-z ])(?!\s+(?:The|This|These|It|They|If|When|Where|In|For|A|An|Both|All|Codes?) )"
)
_NO_LETTER = re.compile(r"\d{2}(?=\s+[A-Z][a-z])|[0158]\d\d(?=\s+[A-Z][a-z])")
# Whatever begins as a code does, glued to what it is glued to. Levels of the spine and vitamins do not.
_BEGINS = re.compile(
    r"(?=[A-Z]\d\d)(?<![A-Za-z0-9])(?<!vertebra )(?<!vertebrae )(?<!level )(?<!levels )(?<!vitamin )"
    r"[A-Z]\d\d(?:[.,]?\w)*",
    re.ASCII,
)
_ANYWHERE = re.compile(rf"{_FROM}\d{{1,3}}\.-")

_ICD_10 = re.compile(r"\bICD-?([1Il][0OoQ])\b")
_SMALL_L = re.compile(r"(?<![\w'-])l(?=CD[ -]?1|f [a-z]|n (?:addition|case|the|such|both|all)\b)")  # for a capital I
_NUMBER = re.compile(rf"(?<=[(\[]){_F}{{6,18}}(?=[)\]]|$)")

_WORD = re.compile(r"(?<![\w.-])[A-Za-z]+[0-9][a-z]+(?!\w)|[A-Za-z]+")
# A figure in place of a word's first or last letter ("1f", "stil1"). "grade1" is none, as no word is made of it.
_FIGURE_IN_WORD = re.compile(r"(?<![\w.,/-])(?:[01][a-z]+|[a-z]{2,}[01])(?![\w.,-]\w|\w)")


@dataclass(frozen=True, slots=True)
class Misprint:
    """What is printed at characters `start` to `end` of the document, and what it is read as."""

    printed: str
    meant: str
    start: int
    end: int

    @property
    def is_plain(self) -> bool:
        """Whether it is a long word, which no other letter could make another word of, or a code with blanks in it."""
        return (len(self.printed) > 7 and self.printed.isalpha()) or self.printed.replace(" ", "") == self.meant


def mended(stretch: Stretch) -> tuple[Stretch, tuple[Misprint, ...]]:
    """A stretch with its plain misprints read as what they stand for, and these; the same stretch if it has none."""
    text = stretch.text
    found = sorted([*_misread_codes(text), *_misprinted_words(text), *_words_with_figures(text), *_lone_word(text)])
    if not found:
        return stretch, ()
    text, offsets, at = "", (), 0
    told: list[Misprint] = []
    for start, end, meant in found:
        if start < at:
            continue
        own = stretch.offsets[start:end]
        text += stretch.text[at:start] + meant
        # A letter that was lost stands where the one before it does.
        offsets += stretch.offsets[at:start] + tuple(own[min(i, end - start - 1)] for i in range(len(meant)))
        told.append(Misprint(stretch.text[start:end], meant, *stretch.span(start, end)))
        at = end
    return Stretch(text + stretch.text[at:], offsets + stretch.offsets[at:]), tuple(told)


def odd_codes(text: str) -> Iterator[tuple[int, int]]:
    """Where something stands that looks like a code and cannot be one (`J03.2l`, `29.2` for `L29.2`)."""
    read = [(spot.start, spot.end) for spot in spots(text)]
    found = [m.span() for m in _ODD.finditer(text)]
    found += [m.span() for m in _ANYWHERE.finditer(text)] if ".-" in text else []
    found += [m.span() for m in _ODD_AT_HEAD.finditer(text) if _AT_HEAD.search(text[: m.start()])]
    listed = re.match(r"[A-Z]\d\d", text) is not None
    found += [m.span() for m in _CUT_OFF.finditer(text) if listed or _AT_HEAD.search(text[: m.start()])]
    found += [m.span() for m in (_NO_LETTER.match(text),) if m]
    for begins in _BEGINS.finditer(text):
        if not any(a < begins.start() + 3 and begins.start() < b for a, b in (*read, *found)):
            found.append(begins.span())
    for start, end in sorted(set(found)):
        if not any(a <= start and b >= end for a, b in read):
            yield start, end


# ---- codes


def _misread_codes(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _ICD_10.finditer(text) if "ICD" in text else ():
        if found[1] != "10":
            yield (*found.span(1), "10")
    for found in _SMALL_L.finditer(text):
        yield (*found.span(), "I")
    if _FIGURE.search(text) is not None:
        yield from _with_figures(text)


def _with_figures(text: str) -> Iterator[tuple[int, int, str]]:
    """The misread codes and numbers of which a figure at least is printed as one."""
    for found in _PARTED.finditer(text):
        if _NO_CODE.search(text[: found.start()]) is None:
            yield (*found.span(), found[0].replace(" ", ""))
    for found in _PARTED_CATEGORY.finditer(text):
        yield (*found.span(), found[0].replace(" ", ""))
    for found in _WITH_STOP.finditer(text):
        letter, figures, _, last, more = found.groups()
        meant = f"{_letter(letter)}{_figures(figures)}.{last if last in 'X-' else _figures(last)}{_figures(more)}"
        known = sum(c.isdigit() for c in figures) + letter.isupper()
        at_head = last == "-" or _AT_HEAD.search(text[: found.start()]) is not None
        if (
            meant != found[0]
            and known > 1
            and not more.isalpha()
            and (letter.isupper() or at_head)
            and _is_letter(letter)
        ):
            yield (*found.span(), meant)
    for found in _RANGE.finditer(text):
        if not any(end[0].isupper() for end in found.groups()) or not all(_is_letter(end[0]) for end in found.groups()):
            continue
        meant = "-".join(_letter(end[0]) + re.sub(_F, lambda m: _figures(m[0]), end[1:]) for end in found.groups())
        if meant != found[0] and sum(c.isdigit() for c in found[0]) > 1:
            yield (*found.span(), meant)
    for found in _NUMBER.finditer(text):
        if sum(c.isdigit() for c in found[0]) > 4 and not found[0].isdigit():
            yield (*found.span(), _figures(found[0]))
    for found in _BARE.finditer(text):
        figures = found[0][1:]
        if any(c.isdigit() for c in figures) and not figures.isdigit() and _AT_HEAD.search(text[: found.start()]):
            yield (*found.span(), found[1] + _figures(figures))


def _is_letter(c: str) -> bool:
    return c.isupper() or c in _LETTERS


def _letter(c: str) -> str:
    return _LETTERS.get(c, c)


def _figures(text: str) -> str:
    return "".join(_FIGURES.get(c, c) for c in text)


# ---- words


def _misprinted_words(text: str) -> Iterator[tuple[int, int, str]]:
    known = _known()
    for found in _WORD.finditer(text):
        word = found[0]
        if len(word) < 3 or word in known or text[found.end() : found.end() + 1].isdigit():
            continue
        plain = word if word[1:].islower() or word.isupper() else word.replace("I", "l")
        if plain != word and plain.islower() and plain in _known():
            yield (*found.span(), plain)
            continue
        meant = plain.lower() if plain != word and plain.lower() in _words()["telling"] else _meant(plain.lower())
        if meant is None or (word.isupper() and " " in text and meant not in {"opcs", "snomed"}):
            continue  # capitals inside a line are a name
        yield (*found.span(), meant.capitalize() if word[0].isupper() and not meant[0].isupper() else meant)


def _words_with_figures(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _FIGURE_IN_WORD.finditer(text) if "0" in text or "1" in text else ():
        readings = (found[0].replace("0", "o").replace("1", letter) for letter in "li")
        meant = next(
            (word for word in readings if word in _known() and (len(word) > 2 or word in _words()["joint"])), None
        )
        if meant is not None:
            yield (*found.span(), meant)


_LONE = re.compile(r"\W*([A-Za-z]{1,6})\W*")
_CONNECTIVES = ("or", "plus", "and", "either")


def _lone_word(text: str) -> Iterator[tuple[int, int, str]]:
    """A line of one short word that is none, and one letter away from a connective ("Orr", "Pluss", "on")."""
    found = _LONE.fullmatch(text)
    if found is None:
        return
    word = found[1].lower()
    near = [x for x in _CONNECTIVES if is_near(word, x)]
    if len(near) == 1 and word not in _CONNECTIVES and word not in _words()["telling"]:
        yield (*found.span(1), near[0].capitalize() if found[1][0].isupper() else near[0])


# The verb behind a word that has lost the blank before it ("tumouris").
_COPULA = re.compile(r"(?<=[a-z]{4})(?:is|are|was|were|has|have)$")


@lru_cache(maxsize=8192)
def _meant(word: str) -> str | None:
    """The telling word that a word is by one letter too few, too many or other; two words that lost the blank."""
    if word in _known():
        return None
    verb = _COPULA.search(word)
    if verb is not None and (before := word[: verb.start()]) in _near_words().get(before, ()):
        return f"{before} {verb[0]}"
    near = {x for cut in (word, *_cuts(word)) for x in _near_words().get(cut, ()) if is_near(word, x)}
    if near and not any(_is_inflected(word, x) for x in near):
        return min(near, key=lambda x: (abs(len(x) - len(word)), x))
    if len(word) < 3 or word in words_of_titles() or any(word.startswith(x) for x in ("with", "any", "some", "can")):
        return None
    words = _words()
    for i in range(2, len(word) - 1):
        one, two = word[:i], word[i:]
        if one in words["opener"] and two in words["follows"]:
            return f"{one} {two}"
    return None


def is_word(word: str) -> bool:
    """Whether letters are a word that is known: of titles, of the phrase lexicon, of the facets."""
    return word.lower() in _known()


def is_misprint_of(one: str, other: str) -> bool:
    """Whether two phrases differ by one letter or blank. Initials, numbers and letters by themselves tell apart."""
    a, b = re.findall(r"\w+", one), re.findall(r"\w+", other)
    first, second = _letters(one), _letters(other)
    if first != second and not is_near(first, second):
        return False
    differ = {w for w in (*a, *b) if (w in a) != (w in b)}
    alone = len(a) == len(b) and all(len(w) < 2 for w in differ)
    return bool(differ) and not alone and not any(w.isupper() or w.isdigit() for w in differ)


def misprints_among(phrases: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pairs of phrases that differ by one letter or blank, each in the order given.

    Only phrases whose letters, all or all but one, are the same are held against each other: a document may state
    hundreds of conditions.
    """
    alike: dict[str, list[str]] = {}
    for phrase in phrases:
        letters = _letters(phrase)
        keys = (letters, *sorted(_cuts(letters)))
        others = dict.fromkeys(other for key in keys for other in alike.get(key, ()))
        yield from ((other, phrase) for other in others if is_misprint_of(other, phrase))
        for key in keys:
            alike.setdefault(key, []).append(phrase)


def _letters(phrase: str) -> str:
    return "".join(re.findall(r"\w+", phrase)).lower()


def _is_inflected(word: str, of: str) -> bool:
    return word in {
        f"{of}s",
        f"{of}d" if of.endswith("e") else of,
        of.removesuffix("s"),
        of.removesuffix("d") if of.endswith("ed") else of,
    }


def words_of(kind: str) -> frozenset[str]:
    """The words of a kind of `ontology/misprints.tsv`."""
    return _words()[kind]


def is_near(a: str, b: str) -> bool:
    """Whether two words differ by one letter: too few, too many or other."""
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    if len(long) - len(short) != 1:
        return False
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    return short[at:] == long[at + 1 :]


def _cuts(word: str) -> frozenset[str]:
    return frozenset(word[:i] + word[i + 1 :] for i in range(len(word)))


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """The words of `ontology/misprints.tsv` by kind.

    Raises:
        KgError: KG-E0703 for a row that is no kind and words.
    """
    table: dict[str, frozenset[str]] = dict.fromkeys(_KINDS, frozenset())
    for number, line in enumerate(resources.text(_FILE).splitlines(), 1):
        kind, _, words = line.partition("\t")
        if line.startswith("#"):
            continue
        if kind not in table or not words.strip():
            raise KgError("KG-E0703", f"{_FILE} has a row that is no kind and words", where=Place(_FILE, number))
        table[kind] |= frozenset(words.split())
    return MappingProxyType(table)


@cache
def _near_words() -> Mapping[str, tuple[str, ...]]:
    """The telling words by themselves and by each of them less a letter."""
    words = _words()["telling"] | {w for phrase in load_lexicon().words for w in phrase.split() if len(w) > 4}
    table: dict[str, tuple[str, ...]] = {}
    for word in sorted(words):
        for cut in (word, *sorted(_cuts(word))):
            table[cut] = (*table.get(cut, ()), word)
    return MappingProxyType(table)


@cache
def _known() -> frozenset[str]:
    """Words that are no misprints: those of the table, of titles, of the phrase lexicon and of the facets."""
    rows = (line.partition("\t")[2] for line in resources.text("ontology/phrases.tsv").splitlines() if line[:1] != "#")
    phrases = re.findall(r"(?<![0-9])[a-z]+", " ".join(rows).lower())
    facets = (w for phrase in load_lexicon().words for w in phrase.split())
    return frozenset(phrases).union(facets, words_of_titles(), *_words().values())
