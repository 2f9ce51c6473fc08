"""The process that faults happen to: python -m tests.faults.subject DIR [COMMITS...].

Each number is a commit of so many decisions, followed by a beat. What is durable is said on
standard output the moment it is: `ack INDEX CASE`, `public SIZE`, `receipt BASE64`. It runs on one
thread, so that the third write of one run is the third write of the next.
"""

import base64
import os
import random
import sys
from concurrent.futures import Future
from pathlib import Path

MARK = "/amparo-faults-begin-here"


class Inline:
    """An executor that does everything at once, here."""

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def map(self, function, *values):
        return [function(*one) for one in zip(*values, strict=True)]

    def submit(self, function, *values):
        done = Future()
        try:
            done.set_result(function(*values))
        except BaseException as error:
            done.set_exception(error)
        return done


def say(*words):
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def main():
    return commit(Path(sys.argv[1]), *map(int, sys.argv[2:]))


def commit(folder, *commits):
    """Commit to a node so often, and say what is durable; an exit status."""
    from amparo.errors import AmparoError
    from amparo.ledger.log import intake, platforms, publish, receipts
    from amparo.record.decision import settle, trim
    from amparo.record.specimen import specimen
    from amparo.storage import durable
    from amparo.storage.journal import Journal, Known
    from amparo.storage.node import open_node

    durable.ThreadPoolExecutor = Inline
    chance = random.Random(os.getpid())
    os.access(MARK, os.F_OK)
    try:
        node = open_node(folder)
        journal = Journal(node.journal)
        with publish.publishing(node, journal):
            publisher = publish.Publisher(node, journal)
            platform = platforms.every(journal)[0]
            for number in commits:
                decisions = [
                    settle(trim(specimen(chance, f"{os.getpid()}-{chance.random()}")), "API")
                    for _ in range(number)
                ]
                made = intake.prepare(decisions, platform=platform, secret=node.secret())
                rows = [one.row for one in made]
                [(_, outcome)] = intake.commit(journal, lambda rows=rows: [(None, rows)])
                if isinstance(outcome, AmparoError):
                    raise outcome
                assert not isinstance(outcome, Known)
                for place, one in enumerate(made):
                    say("ack", outcome + place, one.case)
                publisher.beat()
                say("public", publisher.size)
                receipt = receipts.receipt(node, journal.event(outcome), reader="party")
                say("receipt", base64.b64encode(receipt).decode())
    except AmparoError as error:
        say("refused", error.what, "|", error.why, "|", error.fix)
        return 3
    except OSError as error:  # as the publishing process: a new one loads and checks everything
        say("waiting", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
