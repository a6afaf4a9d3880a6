"""The classifications of a sample: the codes of the open list, with titles of their own where it has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from kg.codes import Chapter, Code, Scheme
from kg.terminology.in_use import OpenCodes
from kg.terminology.sample import words

_SITES = ("multiple sites", "shoulder region", "upper arm", "forearm", "hand", "pelvis and thigh", "lower leg")


@dataclass(frozen=True, slots=True)
class SampleCode:
    """One row of ICD-10 or OPCS-4: `key` as the files have it (`A38X`), `four` and `five` the words of modifiers."""

    key: str
    title: str
    usage: str = "DEFAULT"
    five: str = ""
    pairs: str = ""
    sex: str = ""
    ages: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class SampleEdition:
    """One edition of a classification, by key."""

    scheme: Scheme
    codes: dict[str, SampleCode] = field(default_factory=dict)

    def leaves(self) -> list[str]:
        """The keys of codes to record, in order."""
        return sorted(key for key in self.codes if len(key) > 3)


Change = tuple[str, str, str, str, str]
"""System, code or concept, kind of change, before, after."""


def opcs4(rng: np.random.Generator) -> SampleEdition:
    """The codes of OPCS-4 that the open list knows, with its titles; categories are titled after themselves."""
    open_codes = OpenCodes()
    made: dict[str, SampleCode] = {}
    for code in _all(Scheme.OPCS4, open_codes):
        made.setdefault(code.category, SampleCode(code.category, f"Procedures of category {code.category}"))
        made[code.key] = SampleCode(code.key, code_title(open_codes, code) or words.title(rng, words.PROCEDURE))
    return SampleEdition(Scheme.OPCS4, made)


def code_title(open_codes: OpenCodes, code: Code) -> str:
    """The title of the open list, with plain blanks."""
    from kg.codes import One

    return " ".join((open_codes.title(One(code)) or "").split())


def icd10(rng: np.random.Generator) -> SampleEdition:
    """The codes of ICD-10 that the open list knows, titles made up: fifth characters, daggers, asterisks, ages."""
    made: dict[str, SampleCode] = {}
    codes = [code.key for code in _all(Scheme.ICD10, OpenCodes()) if len(code.key) <= 4]
    divided = {key[:3] for key in codes if len(key) == 4}
    for key in codes:
        sex = "1" if key[0] == "O" else "2" if key[:2] == "N4" else ""
        ages = ("15", "45") if key[0] == "O" else ("", "")
        plain = SampleCode(key, words.title(rng, words.DISORDER), sex=sex, ages=ages)
        if len(key) == 3:
            undivided = key not in divided
            made[key + "X" * undivided] = replace(plain, key=key + "X" * undivided)
            continue
        made.setdefault(key[:3], replace(plain, key=key[:3], title=words.title(rng, words.DISORDER)))
        x = rng.random()
        if key[0] == "M" and x < 0.4:
            for i, site in enumerate(_SITES):
                made[f"{key}{i}"] = replace(plain, key=f"{key}{i}", five=site.capitalize())
        elif x < 0.97:
            made[key] = plain
        elif x < 0.985:
            made[key] = replace(plain, usage="DAGGER", pairs="G01X^H191" if x < 0.98 else "")
        else:
            made[key] = replace(plain, usage="ASTERIS")
    return SampleEdition(Scheme.ICD10, made)


def _all(scheme: Scheme, open_codes: OpenCodes) -> Iterator[Code]:
    seen: set[str] = set()
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for code in open_codes.codes_under(Chapter(scheme, letter)):
            if code.key not in seen:
                seen.add(code.key)
                yield code


def next_edition(first: SampleEdition, rng: np.random.Generator) -> tuple[SampleEdition, list[Change]]:
    """The edition after: codes retired, retitled and new, each listed."""
    later = dict(first.codes)
    system = first.scheme.value
    leaves = first.leaves()
    changes: list[Change] = []
    begun = {key[:4] for key in later}
    chosen = rng.choice(len(leaves), max(9, len(leaves) // 60), replace=False)
    for place, at in enumerate(chosen.tolist()):
        key = leaves[at]
        code = later[key]
        if place % 3 == 0:
            del later[key]
            changes.append((system, key, "retired", code.title, ""))
        elif place % 3 == 1 and not code.five:
            later[key] = replace(code, title=f"{code.title} (reworded)")
            changes.append((system, key, "retitled", code.title, later[key].title))
        elif len(key) == 4 and (free := [d for d in "01234567" if f"{key[:3]}{d}" not in later and key[3] != "X"]):
            new = f"{key[:3]}{free[-1]}"
            if new in begun:
                continue
            begun.add(new)
            later[new] = SampleCode(new, f"{code.title}, newly told apart")
            changes.append((system, new, "new", "", later[new].title))
    return SampleEdition(first.scheme, later), sorted(changes)


def opcs4_lines(edition: SampleEdition) -> Iterator[str]:
    """The lines of codes and titles."""
    for key in sorted(edition.codes):
        yield f"{_dotted(key)}\t{edition.codes[key].title}"


def opcs4_metadata_lines(edition: SampleEdition, widths: tuple[int, ...]) -> Iterator[str]:
    """The lines of metadata: fixed columns in capitals."""
    for key in edition.leaves():
        cells = ("1", key, edition.codes[key[:3]].title.upper(), edition.codes[key].title.upper(), "01")
        yield "".join(cell[:width].ljust(width) if width else cell for cell, width in zip(cells, widths, strict=True))


def opcs4_xml_lines(edition: SampleEdition) -> Iterator[str]:
    """The same codes and titles as XML."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<codes xmlns="https://www.digital.nhs.uk/opcs/codes">'
    for key in sorted(edition.codes):
        yield f"  <code CODE={quoteattr(_dotted(key))} TITLE={quoteattr(edition.codes[key].title)}/>"
    yield "</codes>"


def icd10_lines(edition: SampleEdition) -> Iterator[str]:
    """The rows of the UK file; an empty field is one blank."""
    for key in sorted(edition.codes):
        code = edition.codes[key]
        uk = {"DEFAULT": "3", "ASTERIS": "2"}.get(code.usage, "1" if code.pairs else "4")
        cells = (
            _dotted(key[:4].removesuffix("X")), key, code.usage, uk, code.title, "", code.five, code.pairs, code.sex,
            *code.ages, "",
        )  # fmt: skip
        yield "\t".join(cell or " " for cell in cells)


def claml_lines(edition: SampleEdition, date: str) -> Iterator[str]:
    """The same edition in ClaML: a block for each ten categories, a modifier for the fifth characters."""
    below: dict[str, list[str]] = {}
    for key in sorted(edition.codes):
        below.setdefault(key[:3], []).append(key)
    yield from (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE ClaML SYSTEM "ClaML.dtd">',
        '<ClaML version="2.0.0">',
        f'<Title name="ICD-10-SAMPLE" version="{date[:4]}" date="{date[:4]}-{date[4:6]}-{date[6:]}">Sample</Title>',
        '<UsageKinds><UsageKind mark="*" name="aster"/><UsageKind mark="+" name="dagger"/></UsageKinds>',
        '<Modifier code="SITE_5">' + "".join(f'<SubClass code="{i}"/>' for i in range(len(_SITES))) + "</Modifier>",
    )
    for i, site in enumerate(_SITES):
        yield f'<ModifierClass modifier="SITE_5" code="{i}">{_rubric(site.capitalize())}</ModifierClass>'
    for letter in sorted({category[0] for category in below}):
        blocks: dict[str, list[str]] = {}
        for category in (c for c in below if c[0] == letter):
            blocks.setdefault(category[:2], []).append(category)
        names = {short: f"{of[0]}-{of[-1]}" for short, of in blocks.items()}
        inner = "".join(f'<SubClass code="{name}"/>' for name in names.values())
        yield f'<Class code="{letter}" kind="chapter">{inner}{_rubric(f"Chapter {letter}")}</Class>'
        for short, of in blocks.items():
            inner = "".join(f'<SubClass code="{category}"/>' for category in of)
            head = f'<Class code="{names[short]}" kind="block"><SuperClass code="{letter}"/>'
            yield f"{head}{inner}{_rubric(f'Categories {names[short]}')}</Class>"
            for category in of:
                yield from _claml_category(category, names[short], below[category], edition)
    yield "</ClaML>"


def _claml_category(category: str, block: str, keys: list[str], edition: SampleEdition) -> Iterator[str]:
    whole = edition.codes.get(f"{category}X") or edition.codes[category]
    fours = sorted({key[:4] for key in keys if len(key) > 3 and key[3] != "X"})
    inner = "".join(f'<SubClass code="{_dotted(key)}"/>' for key in fours)
    head = f'<Class code="{category}" kind="category"{_usage(whole)}><SuperClass code="{block}"/>'
    yield f"{head}{inner}{_rubric(whole.title)}</Class>"
    for four in fours:
        mine = [key for key in keys if key.startswith(four)]
        code = edition.codes[mine[0]]
        by = ""
        if code.five:
            valid = "".join(f'<ValidModifierClass code="{key[4]}"/>' for key in mine if len(key) > 4)
            by = f'<ModifiedBy code="SITE_5">{valid}</ModifiedBy>'
        pairs = "".join(_see(pair) for pair in code.pairs.split("^") if pair)
        head = f'<Class code="{_dotted(four)}" kind="category"{_usage(code)}><SuperClass code="{category}"/>'
        yield f"{head}{by}{_rubric(code.title)}{pairs}</Class>"


def _usage(code: SampleCode) -> str:
    return {"DAGGER": ' usage="dagger"', "ASTERIS": ' usage="aster"'}.get(code.usage, "")


def _see(pair: str) -> str:
    """The rubric in which a dagger code names its asterisk code."""
    reference = f'<Reference usage="aster" code="{_dotted(pair.removesuffix("X"))}"/>'
    return f'<Rubric kind="inclusion"><Label>see {reference}</Label></Rubric>'


def _rubric(text: str) -> str:
    return f'<Rubric kind="preferred"><Label xml:lang="en">{escape(text)}</Label></Rubric>'


def _dotted(key: str) -> str:
    return f"{key[:3]}.{key[3:]}" if len(key) > 3 else key
