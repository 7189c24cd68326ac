"""CPU time of processes, from the system's own books (Linux)."""

from pathlib import Path

from sqlalchemy import text

from publisher.store import Transaction

__all__ = ["cpu_seconds", "family", "postmaster"]


def cpu_seconds(numbers: set[int]) -> float:
    """Return what processes have used so far; those that are gone count nothing."""
    return sum(_own_seconds(thread) for number in numbers for thread in _tasks(number))


def _tasks(number: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{number}/task").iterdir())
    except OSError:
        return []


def _own_seconds(task: Path) -> float:
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


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


def postmaster(tx: Transaction) -> int:
    """Return the number of the database's first process."""
    place = tx.execute(text("SHOW data_directory")).scalar_one()
    return int((Path(place) / "postmaster.pid").read_text().split()[0])
