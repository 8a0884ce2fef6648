"""The golden run: the same scenario and seed give the same numbers as the day they were blessed."""

from __future__ import annotations

import json

from tests.bless_golden import ARMS, GOLDEN, golden_results

BLESS = (
    "Results changed. If that is meant, run `python -m tests.bless_golden` in a commit that says "
    '"Results change" and why, and note it in CHANGELOG.md; if not, something broke.'
)


def test_results_are_those_that_were_blessed() -> None:
    """Notices any change of results that nobody meant: a rule, a parameter, a draw, an order, a unit."""
    blessed, now = json.loads(GOLDEN.read_text("utf-8")), golden_results()
    changed = [
        f"{arm} {name}: was {blessed.get(arm, {}).get(name)}, is {now.get(arm, {}).get(name)}"
        for arm in ARMS
        for name in {**blessed.get(arm, {}), **now[arm]}
        if blessed.get(arm, {}).get(name) != now[arm].get(name)
    ]
    assert not changed, "\n".join([BLESS, f"{len(changed)} figures differ, such as", *changed[:12]])


def test_the_golden_run_says_something() -> None:
    """Notices a golden file of zeros, or of two arms that are alike: nothing could ever change in it."""
    blessed = json.loads(GOLDEN.read_text("utf-8"))
    assert set(blessed) == set(ARMS)
    base, arm = blessed["baseline"], blessed["arm"]
    assert sum(value != 0 for value in base.values()) > 60
    assert sum(arm[name] != base[name] for name in base) > 40
