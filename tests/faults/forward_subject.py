"""The process that forwarding's faults happen to: python -m tests.faults.forward_subject DIR.

It sends all that the one platform of a node has to send, and ends: on one thread, so that the third
call of one run is the third call of the next.
"""

import contextlib
import os
import sys
from pathlib import Path

from tests.faults.subject import MARK, Inline, say


def send_all(node):
    """Send what there is, as the node's own process does; whatever stops it is raised."""
    from amparo.ledger.forward import forwardings, sender
    from amparo.storage.journal import Journal

    with contextlib.closing(Journal(node.journal)) as journal, contextlib.ExitStack() as ending:
        [there] = forwardings.every(journal)
        one = sender.Sender(node, there.platform)
        os.access(MARK, os.F_OK)
        run = sender._Run(journal, one._mine(journal, one.thread), one.thread, ending)
        while run.goes_on() and run.step():
            pass


def main():
    from amparo.errors import AmparoError
    from amparo.ledger.forward import sender
    from amparo.storage.node import open_node

    sender.ThreadPoolExecutor = Inline
    try:
        send_all(open_node(Path(sys.argv[1])))
    except AmparoError as error:
        say("refused", error.what, "|", error.why, "|", error.fix)
        return 3
    return 0  # nothing is said: a fault of that write would be no fault of forwarding


if __name__ == "__main__":
    sys.exit(main())
