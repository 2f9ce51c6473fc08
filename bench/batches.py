"""A bare sender of batches to the EU's stand-in: how many statements a second it takes at most.

    python -m bench.batches URL TOKEN [SECONDS]

Nothing is read from a journal, and of an answer only its status is looked at. It is the yardstick
of `bench.forward`, which runs it in a process of its own.
"""

import argparse
import http.client
import itertools
import random
import threading
import time
from urllib.parse import urlsplit

from amparo.connectors import eu_database
from amparo.ledger.forward.calls import MOST_IN_BATCH, PATH, headers
from amparo.ledger.forward.sender import AT_ONCE
from amparo.record.specimen import specimen

SECONDS = 5.0
_MARK = b"takes-its-place"


def bodies(numbers):
    """Batches without an end, each PUID once."""
    sent = eu_database.statement(specimen(random.Random(1), _MARK.decode()))
    pieces = eu_database.batch([eu_database.encode(sent)] * MOST_IN_BATCH).split(_MARK)
    for number in numbers:
        puids = (b"bare-%d-%d" % (number, n) for n in range(MOST_IN_BATCH))
        yield b"".join(itertools.chain.from_iterable(zip(pieces, puids, strict=False))) + pieces[-1]


def send(url, token, batches, until, sent):
    """What one connection does."""
    there = http.client.HTTPConnection(urlsplit(url).netloc)
    for body in batches:
        if time.perf_counter() > until:
            break
        there.request("POST", PATH, body, headers(token))
        answer = there.getresponse()
        answer.read()
        if answer.status != 201:
            raise SystemExit(f"the stand-in answered {answer.status}")
        sent.append(MOST_IN_BATCH)


def rate(url, token, seconds=SECONDS):
    """Statements a second, by as many connections as the sender has."""
    sent, begun = [], time.perf_counter()
    threads = [
        threading.Thread(
            target=send,
            args=(url, token, bodies(itertools.count(n, AT_ONCE)), begun + seconds, sent),
        )
        for n in range(AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(sent) / (time.perf_counter() - begun)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.batches", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("seconds", nargs="?", type=float, default=SECONDS)
    print(rate(*vars(parser.parse_args()).values()))
