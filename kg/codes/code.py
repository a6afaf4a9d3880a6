"""Codes of OPCS-4 and ICD-10: the one reader of their printed forms and the one canonical printer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from kg.errors import KgError, nearest

SNOMED_CT = ("snomed", "snomedct")
"""How people write SNOMED CT, in small letters and without what divides them. It is no classification."""


class Scheme(StrEnum):
    """A classification. The same letters mean different things in each (`Z94`), so that no code goes without its
    scheme.
    """

    OPCS4 = "OPCS-4"
    ICD10 = "ICD-10"

    __hash__ = str.__hash__  # that of Enum is written in Python, and is asked for with each code

    @classmethod
    def named(cls, text: str) -> Scheme:
        """The scheme of a name as people write it (`opcs4`, `OPCS-4`, `icd10`).

        Raises:
            KgError: KG-E0411.
        """
        plain = re.sub(r"[^a-z0-9]", "", text.lower())
        for scheme in cls:
            if plain == re.sub(r"[^a-z0-9]", "", scheme.value.lower()):
                return scheme
        near = nearest(text, [scheme.value for scheme in cls])
        hint = f"Did you mean {near[0]}?" if near else "Known are OPCS-4 and ICD-10, and for concepts SNOMED CT."
        if plain in SNOMED_CT:
            hint = "SNOMED CT has concepts: name one by its identifier, without a system."
        raise KgError("KG-E0411", f'not a coding system: "{text}"', hint=hint)


# Spaces that documents put into codes: plain, non-breaking, thin, zero-width; and soft hyphens.
_SPACE = r"[ \t\u00a0\u2009\u202f\u200b\u00ad]*"
_OPCS4 = re.compile(rf"([A-Z]){_SPACE}(\d\d){_SPACE}\.?{_SPACE}(\d)")
# Fourth character or the filler X, a fifth, and the mark of a dagger or asterisk code as releases (D, A) and books
# print it.
_ICD10 = re.compile(
    rf"([A-Z]){_SPACE}(\d\d)(?:{_SPACE}\.?{_SPACE}([0-9X])(?:{_SPACE}\.?{_SPACE}(\d))?)?{_SPACE}([DA\u2020*])?"
)
_MARKS = {"\u2020": "D", "*": "A"}


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """One code, in its canonical form: `J12.8`, `C78.7`, `M90.00`, `C19`, `M45.X0`.

    An ICD-10 category without subdivision is recorded with the filler X in the fourth place (`C19X`); it is a code of
    three characters here, so that `C19`, `C19.X` and `C19X` are equal. `mark` is `D` or `A` where the code is printed
    as the dagger or the asterisk code of a pair; it is kept and printed, in the fifth place (`D66.XD`), and takes no
    part in matching. Source: OPCS-4 and ICD-10 coding conventions; HES data dictionary for the forms without a dot.
    """

    scheme: Scheme
    text: str
    mark: str = ""

    def __str__(self) -> str:
        undivided = self.mark and len(self.text) == len("C19")
        return f"{self.text}.X{self.mark}" if undivided else self.text + self.mark

    @property
    def key(self) -> str:
        """The characters without the dot: what codes are compared and ordered by (`J128`)."""
        return self.text.replace(".", "")

    @property
    def category(self) -> str:
        """The three characters of its category (`J12`)."""
        return self.text[:3]

    @property
    def bare(self) -> Code:
        """The same code without the mark of a pair."""
        return Code(self.scheme, self.text) if self.mark else self

    @classmethod
    def parse(cls, text: str, scheme: Scheme) -> Code:
        """Read one code in any printed form: `J12.8`, `J128`, `J12. 8`, `j12.8`; `C19`, `C19.X`, `C19X`, `H19.8A`,
        `H19.8*`.

        Raises:
            KgError: KG-E0412 or KG-E0413, for anything that is not one code.

        >>> str(Code.parse("j128", Scheme.OPCS4)), str(Code.parse("C19X", Scheme.ICD10))
        ('J12.8', 'C19')
        """
        plain = text.strip(" \t\r\n\u00a0").upper()
        if scheme is Scheme.OPCS4:
            if found := _OPCS4.fullmatch(plain):
                return cls(scheme, f"{found[1]}{found[2]}.{found[3]}")
            raise _not_a_code("KG-E0412", text, scheme)
        if found := _ICD10.fullmatch(plain):
            letter, figures, fourth, fifth, mark = found.groups()
            rest = (fourth or "") + (fifth or "")
            tail = "" if rest in {"", "X"} else f".{rest}"
            return cls(scheme, f"{letter}{figures}{tail}", _MARKS.get(mark or "", mark or ""))
        raise _not_a_code("KG-E0413", text, scheme)


def _not_a_code(id: str, text: str, scheme: Scheme) -> KgError:
    """The error for a text that is not a code, with what the nearest reading of it would be."""
    # Letters typed for figures are the commonest slip: O for 0, l or I for 1.
    fixed = text[:1].upper() + text[1:].translate(str.maketrans("OoIl", "0011"))
    guess = ""
    pattern = _OPCS4 if scheme is Scheme.OPCS4 else _ICD10
    for candidate in (fixed, fixed[:-1], fixed + "X" if scheme is Scheme.ICD10 else fixed):
        if candidate != text and pattern.fullmatch(candidate.upper()):
            guess = str(Code.parse(candidate, scheme))
            break
    if scheme is Scheme.OPCS4:
        why = "An OPCS-4 code is a letter, two figures, a point and one figure, as J12.8."
        if not guess and re.fullmatch(r"[A-Za-z]\d\d(\.-?)?", text.strip()):
            category = text.strip()[:3].upper()
            why = f"{category} is a category; a code has a fourth character, as {category}.1."
    else:
        why = "An ICD-10 code is a letter and two figures, then up to two characters after a point, as C78.7 or C19."
    return KgError(id, f'not an {scheme.value} code: "{text}"', why=why, hint=f"Did you mean {guess}?" if guess else "")
