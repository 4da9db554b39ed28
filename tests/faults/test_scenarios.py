"""Every scenario that must be survived, small: faults happen, and neither copies nor losses nor leaks come of them."""

import pytest

from infra.faults.engines import Engines
from infra.faults.scenarios import SCENARIOS, Scenario

pytestmark = [pytest.mark.engine, pytest.mark.cloud, pytest.mark.slow]


@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if one.quick], ids=lambda one: one.name)
def test_a_scenario_is_survived(scenario: Scenario, here: Engines) -> None:
    """The counts are those that docs/reliability.md promises."""
    found = scenario.run(here, scenario.quick)
    here.calm()
    assert found.faults > 0
    assert found.wrong == []
    assert (found.copies, found.losses, found.leaks) == (0, 0, 0)
