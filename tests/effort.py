"""How many examples a property is tried on.

`make test` tries a few, always the same, so that no change fails for the bad luck of
another; HYPOTHESIS_PROFILE=search tries twenty times as many, other ones in every run.
"""

import os

from hypothesis import HealthCheck, Phase, settings

__all__ = ["SEARCH", "effort"]

SEARCH = "search"
MORE = 20


def effort(examples: int, *, steps: int = 50) -> settings:
    """Return settings for a property that is tried on so many examples.

    Properties share the store of their test; they empty it before each example.
    """
    is_search = os.environ.get("HYPOTHESIS_PROFILE") == SEARCH
    return settings(
        max_examples=examples * (MORE if is_search else 1),
        stateful_step_count=steps,
        derandomize=not is_search,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
        # To explain a failure takes as long as to find it; make it readable is enough.
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )
