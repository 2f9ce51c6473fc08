"""People at a desk, for stories: each signed in, taking steps by the forms of its pages."""

import re

import httpx2
from tests.conftest import run


class Seat:
    """Somebody who is signed in at the desk."""

    def __init__(self, foro, link):
        self.foro, self.origin = foro, {"origin": foro.url}
        came = self.post("/desk/sign-in", link=link.strip().split("link=")[1])
        self.origin["cookie"] = came.headers["set-cookie"].partition(";")[0]

    def post(self, path, **form):
        with httpx2.Client(base_url=self.foro.url, timeout=60) as client:
            return client.post(path, data=form, headers=self.origin)

    def step(self, case, name, **form):
        return self.post(f"/desk/case/{case}/{name}", **form)

    def page(self, path):
        return self.foro.http.get(path, headers=self.origin).text

    def preview(self, **form):
        """The page that shows whom a ruling would reach."""
        return self.post("/desk/groups", **form).text

    def rule(self, **form):
        """Rule on a group as the page has just shown it."""
        return self.post("/desk/groups", **form, **shown(self.preview(**form)), really="yes")


def shown(preview):
    """What a preview hands on to the ruling: the state of the log, and whom it was made for."""
    fields = r'name="(size|shown)" value="([^"]*)"'
    return dict(re.findall(fields, preview))


def seat(foro, name, email, *words, platform="Foro"):
    added = run("reviewer", "add", name, email, "--platform", platform, *words, "--data", foro.data)
    return Seat(foro, added.stdout.splitlines()[-1])
