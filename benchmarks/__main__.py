"""Run every benchmark of this folder: `python -m benchmarks [NAME ...]`."""

import importlib
import json
import pkgutil
import sys
from dataclasses import asdict

import benchmarks
from benchmarks.measure import Ratio, table


def main(arguments: list[str]) -> int:
    """Print the ratios; `--json` prints them for programs. 1 when a goal is missed."""
    wanted = {name for name in arguments if not name.startswith("-")}
    found: list[Ratio] = []
    for module_info in pkgutil.iter_modules(benchmarks.__path__):
        if module_info.name.startswith("_") or (
            wanted and module_info.name not in wanted
        ):
            continue
        module = importlib.import_module(f"benchmarks.{module_info.name}")
        if not hasattr(module, "run"):
            continue
        ratios: list[Ratio] = module.run()
        found += ratios
        if "--json" not in arguments:
            print(f"{module_info.name}\n{table(ratios)}\n")
    if "--json" in arguments:
        print(json.dumps([{**asdict(r), "ratio": r.value} for r in found], indent=1))
    return 0 if all(ratio.is_met for ratio in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
