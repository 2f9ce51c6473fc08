"""Read a case file as docs/case-file.md describes it, with the standard library and nothing else.

    python reader.py FILE.case.zip VKEY
    python reader.py FILE.outcome VKEY FILE.case.zip

Written from that page alone and apart from Amparo, to show that anybody can do it. It prints JSON:
of each entry what is proven, or what a body decided. Exit status 1, and why, where the file does not hold.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import hmac
import json
import sys
import zipfile
from pathlib import Path

MOST = 64 * 1024 * 1024
PLACE = ("case", "n", "kind")


class Wrong(Exception):
    """The file does not hold."""


def ask(holds, why):
    if not holds:
        raise Wrong(why)


# --- hashes and texts -------------------------------------------------------------------------


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def url64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unurl64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(value):
    """RFC 8785, as far as case files need it: ASCII names, no floating-point numbers."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


# --- Ed25519 (RFC 8032), slow and simple ------------------------------------------------------

P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, P)
    return x % P, y % P


def times(n, point):
    found = (0, 1)
    while n:
        found = add(found, point) if n & 1 else found
        point, n = add(point, point), n >> 1
    return found


def point_of(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    ask((x * x - x2) % P == 0 and y < P, "a key or signature is no point of the curve")
    return (P - x if x % 2 != sign else x), y


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signed(public, signature, text):
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % Q
    left = times(s, BASE)
    return s < Q and left == add(point_of(signature[:32]), times(k, point_of(public)))


# --- receipts (C2SP tlog-proof, tlog-checkpoint, signed-note) ---------------------------------


def key_of(vkey):
    name, key_id, body = vkey.split("+", 2)
    raw = base64.b64decode(body)
    ask(raw[0] == 1 and len(raw) == 33, "the key is no Ed25519 key of a log")
    ask(sha256(name.encode(), b"\n", raw)[:4].hex() == key_id, "the key's id is wrong")
    return name, bytes.fromhex(key_id), raw[1:]


def checkpoint_of(note, key, known):
    """Origin, size and root of a signed checkpoint."""
    if note not in known:
        name, key_id, public = key
        text, _, lines = note.rpartition(b"\n\n")
        text += b"\n"
        good = False
        for line in lines.decode().splitlines():
            dash, signer, given = line.split(" ")
            raw = base64.b64decode(given)
            if (dash, signer, raw[:4]) == ("—", name, key_id):
                ask(signed(public, raw[4:], text), "the log's signature is wrong")
                good = True
        ask(good, "the log with this key did not sign it")
        origin, size, root = text.decode().split("\n")[:3]
        ask(origin == name, "the checkpoint is of another log")
        known[note] = int(size), base64.b64decode(root)
    return known[note]


def included(leaf, index, size, hashes, root):
    """RFC 9162, 2.1.3.2."""
    ask(index < size, "the entry is not in the tree")
    fn, sn, r = index, size - 1, sha256(b"\0", leaf)
    for p in hashes:
        ask(sn > 0, "a proof is too long")
        if fn & 1 or fn == sn:
            r = sha256(b"\1", p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1", r, p)
        fn, sn = fn >> 1, sn >> 1
    ask(sn == 0 and r == root, "the entry is not in the tree")


def receipt(raw, key, known):
    """Index in the log, the leaf, and what stands beside the proof."""
    head, _, note = raw.partition(b"\n\n")
    first, extra, index, *hashes = head.decode().split("\n")
    ask(first == "c2sp.org/tlog-proof@v1", "a receipt is none")
    beside = json.loads(base64.b64decode(extra.removeprefix("extra ")))
    place = int(index.removeprefix("index "))
    size, root = checkpoint_of(note, key, known)
    leaf = beside["entry"].encode()
    included(leaf, place, size, [base64.b64decode(h) for h in hashes], root)
    return place, json.loads(leaf), beside, size


# --- what an entry seals ----------------------------------------------------------------------


def field_hash(name, salt, value):
    return url64(sha256(b"amparo.field.v1\n", salt, canonical({name: value})))


def opened(leaf, beside):
    """The fields that a receipt opens, and the names of those that it keeps back; or None."""
    if "fields" in beside:
        hashes, values = {}, {}
        for name, field in beside["fields"].items():
            if "hash" in field:
                hashes[name] = field["hash"]
            else:
                values[name] = field.get("value")
                hashes[name] = field_hash(name, unurl64(field["salt"]), values[name])
        ask(_root(hashes) == leaf["sealed"], "fields are not those that the log committed to")
        return values, set(hashes) - set(values)
    if "sealed" not in beside:
        return None
    salt, sealed = unurl64(beside["salt"]), dict(beside["sealed"])
    hashes = {
        name: field_hash(
            name, hmac.digest(salt, b"amparo.field-salt.v1\n" + name.encode(), "sha256"), value
        )
        for name, value in sealed.items()
    }
    whole = url64(sha256(b"amparo.sealed.v1\n", salt, canonical(sealed)))
    ask(leaf["sealed"] in (whole, _root(hashes)), "fields are not those that the log committed to")
    puid = sealed.pop("puid", None)
    if puid is None:
        return sealed, set()
    if "puid" not in beside:
        return sealed, {"puid"}
    salt = unurl64(beside["puid_salt"])
    made = url64(sha256(b"amparo.puid.v1\n", salt, beside["puid"].encode()))
    ask(made == puid, "the PUID is not the one that the log committed to")
    return {**sealed, "puid": beside["puid"]}, set()


def _root(hashes):
    return url64(sha256(b"amparo.fields.v1\n", canonical(hashes)))


# --- the file ---------------------------------------------------------------------------------


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        names = [one.filename for one in archive.infolist()]
        ask(len(names) == len(set(names)), "a name is there twice")
        ask(sum(one.file_size for one in archive.infolist()) <= MOST, "it is too large")
        return {name: archive.read(name) for name in names}


def proven(index, entry, leaf, found):
    """Whether an entry's fields are proven; `Wrong` where index and receipt disagree."""
    if leaf["type"] == "decision.issued":
        own = (entry["kind"], entry["n"], index["case"], index["platform"]["party"])
        ask(own == ("decision.issued", 1, leaf["case"], leaf["by"]), "it is another decision")
        ask(entry.get("public", {}) == leaf["public"], "the decision's open part differs")
    if found is None:
        return False
    values, kept_back = found
    if leaf["type"] != "decision.issued":
        ask("public" not in entry, "an entry tells of what is not in the log")
        ask(values.pop("case", None) == index["case"], "an entry is of another case")
        ask(values.pop("kind", None) == entry.get("kind", ""), "an entry is of another kind")
        n = values.pop("n", None)
        ask(n == entry["n"] or entry.get("kind") == "opening.erased", "an entry has another place")
    ask(values == entry.get("fields", {}), f"a field of entry {entry['n']} differs")
    ask(kept_back == set(entry.get("kept_back", [])), "the fields that were kept back differ")
    return True


def read(path, vkey):
    parts = parts_of(path)
    index = json.loads(parts.pop("index.json"))
    ask((index["format"], index["version"]) == ("amparo.case-file", 1), "it is another format")
    listed = {name: hashlib.sha256(body).hexdigest() for name, body in parts.items()}
    ask(listed == index["parts"], "a part is missing, more, or another")
    key, known, verdict, hashes = key_of(vkey), {}, {}, set()
    ask(key[0] == index["log"]["origin"], "it is of another log")
    before = (0, -1)
    for entry in index["entries"]:
        place, leaf, beside, size = receipt(parts[entry["receipt"]], key, known)
        ask(
            (entry["index"], entry["at"]) == (place, leaf["at"]), "an entry's place or time differs"
        )
        ask(size == index["log"]["size"], "a receipt is of another tree")
        ask(before[0] < entry["n"] and before[1] < place, "entries are out of order")
        before = (entry["n"], place)
        is_proven = proven(index, entry, leaf, opened(leaf, beside))
        verdict[str(entry["n"])] = "proven" if is_proven else "claimed"
        if is_proven:
            hashes |= {one["sha256"] for one in entry.get("fields", {}).get("attachments") or ()}
    evidence = []
    for one in index["evidence"]:
        if one.get("part"):
            digest = hashlib.sha256(parts[one["part"]]).hexdigest()
            ask(digest == one["sha256"], "an attached file has another hash")
        evidence.append("proven" if one["sha256"] in hashes else "claimed")
    return {"case": index["case"], "entries": verdict, "evidence": evidence}


def outcome(path, vkey, case):
    """What a body decided about a case file: signed, and about its newest entry."""
    note = Path(path).read_bytes()
    name, key_id, public = key_of(vkey)
    text, _, lines = note.rpartition(b"\n\n")
    text += b"\n"
    signatures = [line.split(" ") for line in lines.decode().splitlines()]
    own = [base64.b64decode(raw) for dash, by, raw in signatures if (dash, by) == ("—", name)]
    own = [raw for raw in own if raw[:4] == key_id]
    ask(own and all(signed(public, raw[4:], text) for raw in own), "the body has not signed it")
    header, body = text.split(b"\n", 1)
    found = json.loads(body)
    ask(header == b"amparo.outcome.v1", "it is no outcome")
    ask(canonical(found) + b"\n" == body, "it is not in the one spelling that is signed")
    parts = parts_of(case)
    index = json.loads(parts["index.json"])
    newest = index["entries"][-1]
    extra = parts[newest["receipt"]].split(b"\nextra ")[1].split(b"\n")[0]
    leaf = json.loads(base64.b64decode(extra))["entry"].encode()
    seen = (index["log"]["origin"], index["case"], newest["n"], sha256(b"\0", leaf).hex())
    named = tuple(found[name] for name in ("log", "case", "entry", "head"))
    ask((found["body"], *named) == (name, *seen), "it is of another case, or body")
    return found


if __name__ == "__main__":
    try:
        judge = outcome if len(sys.argv) > 3 else read
        print(json.dumps(judge(*sys.argv[1:]), indent=1))
    except (Wrong, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        sys.exit(f"It does not hold: {error}")
