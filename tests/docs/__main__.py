"""Make the parts of the reference that come from the code: `python -m tests.docs`.

With `--check` nothing is written; the exit code is 1 when something would be.
"""

import sys

from tests.docs.making import outdated

if __name__ == "__main__":
    changed = list(outdated())
    for page, text in changed:
        if "--check" in sys.argv[1:]:
            sys.stderr.write(f"{page} is out of date: run python -m tests.docs\n")
        else:
            page.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{page} made anew\n")
    sys.exit(1 if changed and "--check" in sys.argv[1:] else 0)
