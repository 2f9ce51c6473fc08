"""A stand-in for a wiki: a real HTTP server that speaks MediaWiki's documented interface for logs.

The entries are of the form that a real MediaWiki 1.39.17 gave; docs/connectors/mediawiki.md says when that
was asked. It has pages with `continue`, maxlag, hidden fields, and a log of filters, or none.
"""

import json
from urllib.parse import parse_qs, urlsplit

from tests.source_stand_in import SourceStandIn

LONG_NAMES = {"block": 2, "delete": 0, "protect": 0}


class MediaWikiStandIn(SourceStandIn):
    """One running wiki."""

    def __init__(self):
        super().__init__()
        self.entries, self.hits = [], None
        self.page = 500
        self.lag = 0
        self.pages, self.revisions = {}, {}
        """By number: what `prop=info` says of a page, and `rvprop=sha1` of a revision."""

    def log(self, name, title, at, user="Admin", comment="Vandalism", params=None, **more):
        """An entry of the log; the newest number is the greatest, whatever its moment."""
        kind, action = name.split("/")
        entry = {
            "logid": len(self.entries) + 1,
            "ns": LONG_NAMES.get(kind, 0),
            "title": title,
            "pageid": 7,
            "logpage": 7,
            "params": params or {},
            "type": kind,
            "action": action,
            "user": user,
            "timestamp": at,
            "comment": comment,
            **more,
        }
        self.entries.append({key: value for key, value in entry.items() if value is not None})
        return entry

    def block(self, title, at, expiry=None, **more):
        params = {"duration": "x", "flags": ["nocreate"], "sitewide": True}
        params |= {"expiry": expiry} if expiry else {}
        return self.log("block/block", title, at, params=params, **more)

    def answer(self, path, _token):
        """(status, headers, body) to one call."""
        query = {name: values[-1] for name, values in parse_qs(urlsplit(path).query).items()}
        if self.lag > int(query["maxlag"]):
            error = {"code": "maxlag", "info": "Waiting for a database server", "lag": self.lag}
            return _json({"error": error}, {"retry-after": "7"})
        if number := query.get("pageids"):
            page = self.pages.get(int(number), {"missing": True})
            return _json({"batchcomplete": True, "query": {"pages": [page]}})
        if number := query.get("revids"):
            found = self.revisions.get(int(number))
            bad = {"badrevids": {number: {"revid": int(number), "missing": True}}}
            there = {"pages": [{"title": "Other", "revisions": [found]}]}
            return _json({"batchcomplete": True, "query": there if found else bad})
        if query["list"] == "abuselog":
            return self._page("abuselog", "afl", self.hits, query)
        found = [entry for entry in self.entries if entry["type"] == query["letype"]]
        return self._page("logevents", "le", found, query)

    def _page(self, name, short, entries, query):
        if entries is None:
            text = f'Unrecognized value for parameter "list": {name}'
            return _json({"batchcomplete": True, "warnings": {"query": {"warnings": text}}})
        number = "id" if name == "abuselog" else "logid"
        found = sorted(entries, key=lambda entry: (entry["timestamp"], entry[number]))
        found = [entry for entry in found if entry["timestamp"] >= query[f"{short}start"]]
        if after := query.get(f"{short}continue"):
            found = [e for e in found if f"{e['timestamp']}|{e[number]:09d}" >= after]
        most = min(self.page, int(query[f"{short}limit"]))
        answer = {"batchcomplete": True, "query": {name: found[:most]}}
        if len(found) > most:
            on = f"{found[most]['timestamp']}|{found[most][number]:09d}"
            answer["continue"] = {f"{short}continue": on, "continue": "-||"}
        return _json(answer)


def _json(value, headers=None):
    return 200, {"content-type": "application/json", **(headers or {})}, json.dumps(value).encode()
