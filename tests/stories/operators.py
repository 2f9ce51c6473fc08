"""The operator at their pages, for stories: signed in by a link of the command line."""

import contextlib

import httpx2
from tests.conftest import run


@contextlib.contextmanager
def operator(node):
    """A browser in which a node's operator has signed in."""
    link = run("admin", "link", "--data", node.data).stdout.splitlines()[-1]
    with httpx2.Client(base_url=node.url, timeout=60) as browser:
        browser.post("/admin/sign-in", data={"link": link.partition("link=")[2]})
        yield browser
