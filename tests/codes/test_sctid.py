"""SNOMED CT identifiers are taken only if their check digit, partition and length are right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codes import Component, SctId
from kg.codes.sctid import check_digit, verhoeff_is_right
from kg.errors import KgError


@pytest.mark.parametrize(
    ("printed", "component", "namespace"),
    [
        ("737083005", Component.CONCEPT, None),
        ("813671000000107", Component.CONCEPT, "1000000"),
        ("116680003", Component.CONCEPT, None),
        ("900000000000207008", Component.CONCEPT, None),
        ("448540 000", Component.CONCEPT, None),
    ],
)
def test_known_identifiers_are_read(printed: str, component: Component, namespace: str | None) -> None:
    found = SctId.parse(printed)
    assert (found.component, found.namespace) == (component, namespace)


@pytest.mark.parametrize(
    ("printed", "id"),
    [
        ("737083006", "KG-E0415"),  # the last digit changed
        ("73708300", "KG-E0415"),  # one digit lost
        ("12345", "KG-E0414"),  # too short
        ("0737083005", "KG-E0414"),  # a leading zero
        ("1234567890123456789", "KG-E0414"),  # too long
        ("C78.7", "KG-E0414"),
        ("٧٣٧٠٨٣٠٠٥", "KG-E0414"),  # digits of another script
    ],
)
def test_slips_are_found(printed: str, id: str) -> None:
    with pytest.raises(KgError) as fault:
        SctId.parse(printed)
    assert fault.value.id == id


@given(st.integers(10**4, 10**16), st.integers(0, 20), st.integers(1, 9))
def test_every_change_of_one_digit_is_found(number: int, place: int, by: int) -> None:
    digits = str(number) + check_digit(str(number))
    at = place % len(digits)
    changed = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]
    assert verhoeff_is_right(digits)
    assert not verhoeff_is_right(changed)


@given(st.integers(10**4, 10**16), st.integers(0, 20))
def test_every_swap_of_neighbours_is_found(number: int, place: int) -> None:
    digits = str(number) + check_digit(str(number))
    at = place % (len(digits) - 1)
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    assert verhoeff_is_right(swapped) is (swapped == digits)


def test_an_identifier_of_another_component_is_not_a_concept() -> None:
    description = "75168300" + "01"
    digits = description + check_digit(description)
    assert SctId.parse(digits).component is Component.DESCRIPTION
    with pytest.raises(KgError) as fault:
        SctId.parse(digits, Component.CONCEPT)
    assert "identifier of a description" in str(fault.value)
