"""Write or remove one document and be killed on the way: `-m … FOLDER STEP [TEXT]`.

Prints how many steps began. Without a text the document is removed.
"""

import os
import signal
import sys
from pathlib import Path

from publisher.feeds.outputs.folder import FolderOutput
from tests.feeds.outputs.copies import PATH, BreakingDisk, a_copy


def die() -> None:
    """End as a power cut does: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    folder, step, *text = sys.argv[1:]
    disk = BreakingDisk(happens=die)
    output = FolderOutput("static", Path(folder), disk)
    with output.claim():
        disk.steps.clear()
        disk.at = int(step)
        if text:
            output.put(a_copy(*text))
        else:
            output.remove(PATH)
    print(len(disk.steps))  # noqa: T201 (for whoever started this)
