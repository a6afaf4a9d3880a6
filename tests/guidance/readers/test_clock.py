"""What is read in this process ends by the clock too."""

import re
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from kg.errors import KgError
from kg.guidance.readers import clock


def forever() -> None:
    while True:
        pass


def in_an_expression() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def in_spite_of_faults() -> None:
    while True:
        try:
            forever()
        except KgError:
            continue


@pytest.mark.parametrize("work", [forever, in_an_expression, in_spite_of_faults])
def test_work_without_end_is_a_fault_of_the_document(work):
    with pytest.raises(KgError) as fault, clock.bound("hostile.txt", 0.05):
        work()
    assert (fault.value.id, fault.value.where and fault.value.where.source) == ("KG-E0214", "hostile.txt")


def test_the_alarm_is_gone_afterwards():
    before = signal.getsignal(signal.SIGALRM)
    with clock.bound("quick.txt", 60):
        assert not clock.can_bind()  # one bound at a time
    assert clock.can_bind()
    assert signal.getsignal(signal.SIGALRM) is before


def test_only_the_main_thread_has_alarms():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(clock.can_bind).result() is False
