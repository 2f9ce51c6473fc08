"""What forwarding's faults happen to: all that the one platform of a node has to send, and no more.

On one thread, so that the third call of one run is the third call of the next.
"""

import contextlib

from tests.faults.subject import Inline, say

from amparo.errors import AmparoError
from amparo.ledger.forward import forwardings, sender
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


def send_all(node):
    """Send what there is, as the node's own process does; whatever stops it is raised."""
    with contextlib.closing(Journal(node.journal)) as journal, contextlib.ExitStack() as ending:
        [there] = forwardings.every(journal)
        one = sender.Sender(node, there.platform)
        run = sender._Run(journal, one._mine(journal, one.thread), one.thread, ending)
        while run.goes_on() and run.step():
            pass


def send(folder):
    """The same in a process of its own; an exit status."""
    sender.ThreadPoolExecutor = Inline
    try:
        send_all(open_node(folder))
    except AmparoError as error:
        say("refused", error.what, "|", error.why, "|", error.fix)
        return 3
    return 0  # nothing is said: a fault of that write would be no fault of forwarding
