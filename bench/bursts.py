"""Report a burst and the other requests during it: each alone, and both together."""

from typing import Any

import report
from report import Figures
from traffic import faults

_MIN_RATIO, _MAX_RATIO = 0.8, 2
"""Relative to the baseline's rate alone; relative to the others' p99 without the burst."""


def show(burst: str, baseline: str, rate: float, loads: dict[str, Figures]) -> dict[str, Any]:
    """Print the tables, and return all figures.

    Args:
        burst: what arrives at once.
        baseline: what does the same work alone, without a server.
        rate: how often a second the baseline does it.
        loads: the burst as `alone` and `beside others`; the other requests as `others` and `others beside`.
    """
    report.head("what", "a second", "p50 ms", "p99 ms", "refused", "generator's cores")
    report.row(f"{baseline} alone", rate, *[None] * 4)
    names = {
        "alone": burst,
        "beside others": f"{burst} beside others",
        "others": "others",
        "others beside": f"others beside {burst}",
    }
    for name, what in names.items():
        found = loads[name]
        accepted = found["accepted"]
        figures = accepted["rate"], accepted["p50"], accepted["p99"]
        report.row(what, *figures, found["refused"]["count"], found["generator_cores"])
    slower = loads["others beside"]["accepted"]["p99"] / loads["others"]["accepted"]["p99"]
    goals = report.goals(
        [
            (f"{burst}, to {baseline} alone", loads["alone"]["accepted"]["rate"] / rate, "at least", _MIN_RATIO),
            (f"others' p99 beside {burst}, to without", slower, "at most", _MAX_RATIO),
        ]
    )
    void = [fault for name, found in loads.items() for fault in faults(names[name], found)]
    return {"baseline": rate, "loads": loads, "goals": goals, "void": void}
