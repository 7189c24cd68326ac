"""CPU time of processes, from the system's own books (Linux)."""

import os
from pathlib import Path

__all__ = ["cpu_seconds", "family"]


def cpu_seconds(numbers: set[int]) -> float:
    """Return what processes have used so far; those that are gone count nothing."""
    fields = [found for number in numbers if (found := _stat(number)) is not None]
    ticks = sum(int(each[11]) + int(each[12]) for each in fields)
    return float(ticks / os.sysconf("SC_CLK_TCK"))


def family(number: int) -> set[int]:
    """Return a process and its children."""
    names = [place.name for place in Path("/proc").iterdir()]
    found = {int(name): _stat(int(name)) for name in names if name.isdigit()}
    children = {each for each, stat in found.items() if stat and int(stat[1]) == number}
    return {number, *children}


def _stat(number: int) -> list[str] | None:
    """Return the fields of /proc/NUMBER/stat after the name, which may have blanks."""
    try:
        line = Path(f"/proc/{number}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    return line.rpartition(")")[2].split()
