"""A node that serves, and takes what a review tool posts: what the guides of such tools share."""

from tests.conftest import run

from amparo.ledger.connect import connections
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


class PassedOn:
    """The commands of one tool's guide, and its webhooks as they arrive."""

    def __init__(self, served, folder, name, header, sign):
        """`name`: of the connection; `sign`: a body -> what stands in `header`."""
        self.served, self.folder, self.name = served, folder, name
        self._header, self._sign = header, sign
        self.journal = Journal(open_node(served.data).journal, read_only=True)

    def run(self, *words, check=True):
        """A command beside the files of the guide."""
        return run(*words, "--data", self.served.data, cwd=self.folder, check=check)

    def post(self, body, signed=None, name=None):
        """What is answered to a webhook; signed by the tool unless it is said otherwise."""
        return self.served.http.post(
            f"/api/v1/connect/{name or self.name}/webhook",
            content=body,
            headers={self._header: self._sign(body) if signed is None else signed},
        )

    def connection(self):
        return connections.find(self.journal, self.name)
