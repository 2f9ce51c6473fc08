"""The world of most stories: a node that serves, with a platform Foro, and a mailbox beside it."""

from contextlib import contextmanager

import pytest
from tests.conftest import Served
from tests.postbox import mailbox


@contextmanager
def foro_at(folder, post=None):
    """Foro's node in a new folder, until the end; `post`: a mailbox that it sends to."""
    with pytest.MonkeyPatch.context() as patch:
        if post is not None:
            patch.setenv("AMPARO_SMTP", post.url)
        node = Served(folder / "node")
    node.auth = node.add_platform("Foro")
    yield node
    node.stop()


@contextmanager
def foro_with_mail_at(folder, **options):
    """The same with a mailbox of its own, `node.post`, which it finds again when it is restarted."""
    with mailbox(**options) as post, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", post.url)
        with foro_at(folder, post) as node:
            node.post = post
            yield node
