"""A node that follows a source which is asked, whenever a test says so."""

from amparo.connectors import config
from amparo.connectors.trial import Trial
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, drafts, items, polling_thread
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal


class Polled:
    """One connection that runs; `form` is that of its file."""

    def __init__(self, node, server, form):
        self.node, self.server, self.journal = node, server, Journal(node.journal)
        self.form, self.name = form, form["connector"]["name"]
        platforms.add(self.journal, form["connector"]["platform"], Profile())
        connections.add(self.journal, config.read(form), now=1)
        connections.set_trial(self.journal, self.connection, Trial())
        connections.start(self.journal, self.connection)

    @property
    def connection(self):
        return connections.find(self.journal, self.name)

    def ask(self, turns=1):
        for _ in range(turns):
            self.journal.db.execute("UPDATE connector_poll SET due = 0, held_till = 0")
            polling_thread.ask(self.node, self.journal, self.connection)

    def counts(self):
        return items.counts(self.journal, self.connection.id)

    def drafts(self):
        found = []
        for group in drafts.groups(self.journal, self.connection.id):
            found += drafts.of_group(self.journal, self.connection, group.alike, most=100)
        return [draft.record for draft in found]

    def statements(self):
        return [entry.case for entry in reversed(self.journal.newest_decisions(1000))]

    def kinds(self, case):
        return [event.kind for event in casework.read(self.journal, case).events]
