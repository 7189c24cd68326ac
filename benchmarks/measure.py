"""Measure a subject and its reference in turns and report medians and their ratio.

Machines differ and are busy with other things; a ratio of two things measured in turns
within the same seconds hardly does.
"""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import process_time_ns

__all__ = ["Ratio", "interleaved", "table"]

ROUNDS = 15
ROUND_NS = 60_000_000


@dataclass(frozen=True, slots=True)
class Ratio:
    """How a subject compares with its reference; `goal` is the most it may take."""

    name: str
    reference: str
    subject_us: float
    reference_us: float
    goal: float | None = None

    @property
    def value(self) -> float:
        return self.subject_us / self.reference_us

    @property
    def is_met(self) -> bool:
        return self.goal is None or self.value <= self.goal


def interleaved(
    acts: Mapping[str, Callable[[], object]], rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the median CPU time of each act in microseconds, measured in turns."""
    counts = {name: _enough(act) for name, act in acts.items()}
    spent: dict[str, list[float]] = {name: [] for name in acts}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, act in acts.items():
                spent[name].append(_cpu_ns(act, counts[name]) / counts[name] / 1000)
    finally:
        gc.enable()
    return {name: median(times) for name, times in spent.items()}


def _enough(act: Callable[[], object]) -> int:
    """Return how often an act must be repeated to fill a round."""
    act()
    count = 1
    while (took := _cpu_ns(act, count)) < ROUND_NS // 10:
        count *= 4
    return max(1, count * ROUND_NS // max(1, took))


def _cpu_ns(act: Callable[[], object], count: int) -> int:
    begun = process_time_ns()
    for _ in range(count):
        act()
    return process_time_ns() - begun


def table(ratios: list[Ratio]) -> str:
    """Return the ratios as lines for people."""
    lines = [f"{'':58} {'us':>9} {'reference':>10} {'ratio':>7} {'goal':>6}"]
    for ratio in ratios:
        goal = "" if ratio.goal is None else f"{ratio.goal:.3g}"
        verdict = "" if ratio.is_met else "  MISSED"
        name = f"{ratio.name} / {ratio.reference}"
        lines.append(
            f"{name:58} {ratio.subject_us:9.1f} {ratio.reference_us:10.1f}"
            f" {ratio.value:7.3f} {goal:>6}{verdict}"
        )
    return "\n".join(lines)
