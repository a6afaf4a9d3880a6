"""SNOMED CT identifiers: check digit, partition and namespace."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kg.errors import KgError

# Verhoeff's dihedral check: multiplication in D5 and the permutation applied by place from the right.
# Source: SNOMED CT Release File Specification, "Check-digit" (Verhoeff 1969).
TIMES = tuple(
    tuple(
        (a + b) % 5 if a < 5 and b < 5 else 5 + (a + b) % 5 if a < 5 else 5 + (a - b) % 5 if b < 5 else (a - b) % 5
        for b in range(10)
    )
    for a in range(10)
)
_FIRST = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _places() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_FIRST[x] for x in rows[-1]))
    return tuple(rows)


PLACES = _places()


def verhoeff_is_right(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = TIMES[check][PLACES[place % 8][ord(digit) - 48]]
    return check == 0


def check_digit(digits: str) -> str:
    """The digit to append to `digits`."""
    return next(d for d in "0123456789" if verhoeff_is_right(digits + d))


class Component(StrEnum):
    """What kind of component an identifier names: the second digit of the partition."""

    CONCEPT = "concept"
    DESCRIPTION = "description"
    RELATIONSHIP = "relationship"


_COMPONENTS = {"0": Component.CONCEPT, "1": Component.DESCRIPTION, "2": Component.RELATIONSHIP}


@dataclass(frozen=True, slots=True, order=True)
class SctId:
    """A SNOMED CT identifier of a sound form, ordered by number.

    Source: SNOMED CT Release File Specification, "SCTID": 6 to 18 digits, no leading zero, partition in the two
    digits before the check digit.
    """

    number: int

    def __str__(self) -> str:
        return str(self.number)

    @property
    def partition(self) -> str:
        """The two digits before the check digit: `00` core concept, `10` concept of an extension …."""
        return str(self.number)[-3:-1]

    @property
    def component(self) -> Component:
        """What it names."""
        return _COMPONENTS[self.partition[1]]

    @property
    def namespace(self) -> str | None:
        """The seven digits of the extension's namespace (`1000000` is the UK's), or None for the international core."""
        return str(self.number)[-10:-3] if self.partition[0] == "1" else None

    @classmethod
    def parse(cls, text: str, component: Component | None = None) -> SctId:
        """Read an identifier, blanks inside and around ignored; with `component` only of that kind.

        Raises:
            KgError: KG-E0414 (form, partition) or KG-E0415 (check digit).

        >>> SctId.parse("737083005").component.value
        'concept'
        """
        plain = "".join(text.split())
        why = "A SNOMED CT identifier has 6 to 18 digits and no leading zero."
        if not (plain.isascii() and plain.isdigit() and 6 <= len(plain) <= 18 and plain[0] != "0"):
            raise KgError("KG-E0414", f'not a SNOMED CT identifier: "{text.strip()}"', why=why)
        if not verhoeff_is_right(plain):
            raise KgError(
                "KG-E0415",
                f'wrong check digit in the SNOMED CT identifier "{plain}"',
                why="The last digit guards against typing errors: one digit or two neighbours were changed.",
                hint="Compare it with the printed identifier digit by digit.",
            )
        if plain[-2] not in _COMPONENTS or plain[-3] not in "01" or (plain[-3] == "1" and len(plain) < 11):
            raise KgError(
                "KG-E0414",
                f'not a SNOMED CT identifier: "{plain}"',
                why=f"Its partition {plain[-3:-1]} does not exist.",
            )
        found = cls(int(plain))
        if component is not None and found.component is not component:
            what = f'"{plain}" is the identifier of a {found.component}, not of a {component}'
            raise KgError(
                "KG-E0414", what, why="The second digit from the right tells: 0 concept, 1 description, 2 relationship."
            )
        return found
