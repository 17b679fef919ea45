"""A short cut of the fault matrix; `make faults` plays all of it."""

import pytest

from tests.faults.fault import Fault
from tests.faults.matrix import FAULTS, play_all
from tests.faults.trial import Trial

QUICK = [fault for fault in FAULTS if fault.quick]


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    played, strays = play_all(QUICK)
    assert strays == []
    return {trial.fault.name: trial for trial in played}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name)
def test_the_call_survives(fault: Fault, trials: dict[str, Trial]) -> None:
    assert trials[fault.name].problems == []


def test_every_row_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
