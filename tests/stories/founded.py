"""A coalition of five with one node: its charter, the keys of its members, three real witnesses."""

from tests.coalition import test_charter as founding
from tests.conftest import Served, run
from tests.stories.test_witnessing import Running

from amparo.coalition import charter as charters
from amparo.coalition import document
from amparo.storage.node import create_node

NAMES = founding.NAMES


class Founded:
    def __init__(self, folder):
        self.folder = folder
        node = create_node(folder / "node", origin=founding.log_key(NAMES[0]).name)
        self.data = node.folder
        (self.data / "keys" / "log.key").write_text(founding.log_key(NAMES[0]).to_text())
        own = node.signer().verifier.vkey
        self.witnesses = [Running(folder / f"w{n}", f"w.{NAMES[n]}", [own]) for n in (1, 2, 3)]
        members = [founding.party(n) for n in range(5)]
        for n, one in zip((1, 2, 3), self.witnesses, strict=True):
            members[n]["witness"] = {"keys": [key.vkey for key in one.keys], "url": one.url}
        self.charter = charters.from_source(founding.source(member=members))
        self.root = document.digest(charters.text_of(self.charter))
        settings = self.data / "amparo.toml"
        settings.write_text(
            settings.read_text().replace('charter = ""', f'charter = "{self.root}"')
        )
        self.first = folder / "first"
        self.first.write_bytes(founding.signed(self.charter))
        run("charter", "adopt", self.first, "--data", self.data)
        self.served = Served(self.data)

    def key(self, n):
        """A member's private key, as a file."""
        path = self.folder / f"{NAMES[n]}.key"
        if not path.exists():
            path.write_text(founding.signer(NAMES[n]).to_text())
            path.chmod(0o600)
        return path

    def make(self, name, *words, check=True):
        """What a command prints, as a file."""
        done = run(*words, check=check)
        path = self.folder / name
        path.write_text(done.stdout)
        return path

    def hand_in(self, path, check=True):
        return run("hand-in", path, "--to", self.served.url, check=check)

    def end(self):
        self.served.stop()
        for one in self.witnesses:
            one.end()
