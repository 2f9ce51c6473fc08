"""`amparo disclosure`: seal, come back, open, answer; and the server that cannot open anything."""

# SPDX-License-Identifier: Apache-2.0

import base64
import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from amparo.cli.groups import Group
from amparo.cli.options import close, key_option, own_folder
from amparo.coalition.submission import Step

if TYPE_CHECKING:
    from amparo.ledger.disclosure.recipients import Directory
    from amparo.ledger.outbound.http import Answer

ASK_SECONDS = 120.0
LEAST_RATE = 1_000
"""Bytes a second, both ways: what a slow circuit of Tor still manages."""
_readable = click.Path(exists=True, dir_okay=False, path_type=Path)
_to = click.option("--to", "url", required=True, metavar="URL", help="The server's address.")
_proxy = click.option(
    "--proxy", envvar="AMPARO_PROXY", help="As in socks5://127.0.0.1:9050, which is Tor's."
)
_root = click.option("--root", help="The digest of the coalition's first charter, from a member.")
_box = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("disclosure"),
    show_default=True,
    envvar="AMPARO_DISCLOSURE",
    callback=own_folder,
    help="The server's folder.",
)
_who = click.option("--id", "who", required=True, help="Your id in the directory.")
_identity = click.option(
    "--identity",
    type=_readable,
    required=True,
    help="Your age key, of `amparo disclosure key` or age-keygen.",
)


@click.group(cls=Group)
def disclosure() -> None:
    """Documents that the server cannot read: locked on the source's device.

    A source uses `seal` and `replies`; a recipient `key`, `inbox`, `open` and `step`; whoever
    runs a server `make`, `admit`, `serve` and `quarter`. docs/coalition.md says what this is not.
    """


# --- a source ---------------------------------------------------------------------------------


@disclosure.command()
@click.argument("files", type=_readable, nargs=-1, required=True, metavar="FILE...")
@click.option("--to", "url", metavar="URL", help="Send it there.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it here instead, to be sent another day.",
)
@click.option("--directory", type=_readable, help="The server's /directory, as a file.")
@click.option("--without", multiple=True, metavar="ID", help="Leave somebody out; several times.")
@_root
@_proxy
def seal(
    files: tuple[Path, ...],
    url: str | None,
    output: Path | None,
    directory: Path | None,
    without: tuple[str, ...],
    root: str | None,
    proxy: str | None,
) -> None:
    """Lock FILEs for the recipients, and send them: only when locked, and padded to a bucket.

    Shows seven words, once, by which `amparo disclosure replies` finds the answers. Look for names,
    marks and numbers inside the files first: locking does not remove them.
    """
    from amparo.coalition import recipient
    from amparo.errors import Malformed
    from amparo.ledger.disclosure import sealing
    from amparo.storage.durable import write_durably

    if (url is None) == (output is None):
        raise Malformed("Where should it go?", why="give one of --to and --output", fix="Add one.")
    found = _directory(url, directory, proxy)
    if root is None:
        click.echo(
            f"Not checked: is the coalition's first charter {found.root()}? Ask a member, "
            "and give it with --root.",
            err=True,
        )
    checked = found.checked(root or found.root())
    for left_out in checked.left_out:
        click.echo(f"left out: {left_out.name}: {left_out.why}", err=True)
    chosen = recipient.choose(checked.recipients, _today(), without=without)
    raw = sealing.seal(files, chosen)
    for addressee in chosen:
        click.echo(f"can be opened by {addressee.name} ({addressee.member})", err=True)
    if output is not None:
        write_durably(output, raw, mode=0o600)
        return
    words = sealing.words()
    way = sealing.way_back(words)
    fields = {
        "for": [addressee.id for addressee in chosen],
        "key": str(way.identity.to_public()),
        "code": way.code,
    }
    with _server(str(url), proxy) as server:
        server.post_form("/submit", fields, {"file": ("sealed.age", raw)})
    click.echo("Write these seven words on paper; they are shown once:", err=True)
    click.echo(" ".join(words))


@disclosure.command()
@_to
@_proxy
def replies(url: str, proxy: str | None) -> None:
    """Come back with the seven words (typed, or on standard input) and read the replies."""
    from amparo.ledger.disclosure import sealing

    way = sealing.way_back(sealing.read_words(_ask_words()))
    with _server(url, proxy) as server:
        answer = server.post_form("/return", {"code": way.code, "do": "look"}).json()
    click.echo(f"handed over on {answer['day']}: {answer['state'] or 'destroyed'}", err=True)
    for number, body in enumerate(answer["replies"], 1):
        text = sealing.read_reply(base64.b64decode(body), way.identity)
        click.echo(f"--- reply {number}\n{text}")


@disclosure.command()
@_to
@_proxy
def forget(url: str, proxy: str | None) -> None:
    """Destroy the box of the seven words, and what was sent if nobody has opened it."""
    from amparo.ledger.disclosure import sealing

    way = sealing.way_back(sealing.read_words(_ask_words()))
    with _server(url, proxy) as server:
        server.post_form("/return", {"code": way.code, "do": "destroy"})
    click.echo("Destroyed.")


# --- a recipient ------------------------------------------------------------------------------


@disclosure.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(file: Path) -> None:
    """Make an age key into FILE, to be kept off any network; print its public half."""
    import pyrage

    from amparo.cli.keys import write_new

    made = pyrage.x25519.Identity.generate()
    write_new(file, f"# public key: {made.to_public()}\n{made}\n".encode())
    click.echo(str(made.to_public()))


@disclosure.command()
@click.argument("age_key", metavar="AGE1...")
@click.option("--id", "who", required=True, help="Short, as in ana-2026q4.")
@click.option("--name", required=True, help="How sources are shown them.")
@click.option("--until", required=True, metavar="DATE", help="YYYY-MM-DD, at most 120 days ahead.")
@click.option("--since", metavar="DATE", help="YYYY-MM-DD.  [default: today]")
@key_option
def recipient(age_key: str, who: str, name: str, until: str, since: str | None, key: Path) -> None:
    """Sign somebody's age key as a member, for `amparo disclosure admit`."""
    from amparo.cli.documents import signer_of
    from amparo.coalition import document
    from amparo.coalition.recipient import RECIPIENT, Recipient, check_sound

    signer = signer_of(key)
    entry = Recipient(who, signer.name, name, age_key, since or str(_today()), until)
    check_sound(entry)
    click.echo(document.sign(RECIPIENT, entry, signer).decode(), nl=False)


@disclosure.command()
@_to
@_who
@_identity
@click.option(
    "--fetch",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also fetch the locked files, NAME.age, into this folder.",
)
@_proxy
def inbox(url: str, who: str, identity: Path, fetch: Path | None, proxy: str | None) -> None:
    """List what was sent to you: name, day, size, state, and what it waits for."""
    from amparo.storage.durable import write_durably

    with _server(url, proxy) as server:
        for submission in _listing(server, who, identity):
            waits = " ".join(part for part in (submission["alarm"], *submission["wish"]) if part)
            click.echo(
                "\t".join(
                    [
                        submission["name"],
                        submission["day"],
                        str(submission["size"]),
                        submission["state"],
                        waits,
                    ]
                )
            )
            if fetch is not None:
                fetch.mkdir(parents=True, exist_ok=True)
                body = server.get(f"/sealed/{submission['name']}").body
                write_durably(fetch / f"{submission['name']}.age", body, mode=0o600)


@disclosure.command("open")
@click.argument("file", type=_readable)
@_identity
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="An empty folder, in a machine made for throwing away.",
)
def open_(file: Path, identity: Path, into: Path) -> None:
    """Open a locked FILE with your key; what is inside may be made to harm you."""
    from amparo.ledger.disclosure import sealing

    for path in sealing.unseal(file.read_bytes(), sealing.read_identity(identity), into):
        click.echo(str(path))


@disclosure.command()
@click.argument("name")
@click.argument("step", type=click.Choice(get_args(Step)))
@_to
@_who
@_identity
@click.option("--reply", help="What the source is told; only the source can read it.")
@_proxy
def step(
    name: str,
    step: Step,
    url: str,
    who: str,
    identity: Path,
    reply: str | None,
    proxy: str | None,
) -> None:
    """Move a submission on. All but `acknowledge` takes two recipients of different members."""
    from amparo.errors import Missing
    from amparo.ledger.disclosure import sealing

    with _server(url, proxy) as server:
        found = [
            submission
            for submission in _listing(server, who, identity)
            if submission["name"] == name
        ]
        if not found:
            raise Missing("It is not in your listing.", why=name, fix="List again with `inbox`.")
        act = {"name": name, "who": who, "permission": found[0]["permission"], "step": step}
        if reply is not None:
            act["reply"] = base64.b64encode(sealing.reply(reply, found[0]["key"])).decode()
        click.echo(server.post_json("/step", act).json()["state"])


# --- a server ---------------------------------------------------------------------------------


@disclosure.command()
@click.argument("charters", type=_readable, nargs=-1, required=True, metavar="CHARTER...")
@click.option("--root", required=True, help="The digest of the first charter.")
@_box
def make(charters: tuple[Path, ...], root: str, data: Path) -> None:
    """Make a server's folder that follows a coalition's CHARTERs, from the first on."""
    from amparo.ledger.disclosure import drop_box

    drop_box.make(data, root, [path.read_bytes() for path in charters])


@disclosure.command()
@click.argument("files", type=_readable, nargs=-1, required=True, metavar="FILE...")
@_box
def admit(files: tuple[Path, ...], data: Path) -> None:
    """Put recipients, each signed by a member, into the directory; or follow the next charter."""
    from amparo.coalition import charter
    from amparo.ledger.disclosure import recipients

    for path in files:
        raw = path.read_bytes()
        if raw.startswith(charter.HEADER):
            click.echo(f"charter\tversion {recipients.follow(data, raw).version}")
        else:
            admitted = recipients.admit(data, raw)
            click.echo(f"{admitted.id}\t{admitted.member}\tuntil {admitted.until}")


@disclosure.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8600, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@_box
def serve(port: int, host: str, data: Path) -> None:
    """Run the server: best behind a Tor onion service, apart from every other service.

    It writes no access log. A header that tells who asks is read from nobody but the proxy that
    FORWARDED_ALLOW_IPS names, to count what one network sends; it is kept in memory alone.
    """
    from amparo.cli.serve import address_of, bound
    from amparo.ledger.disclosure.drop_box import OWN
    from amparo.storage.durable import locked
    from amparo.web.disclosure.app import build
    from amparo.web.http.limits import DISCLOSURE
    from amparo.web.http.server import PROXIES, server

    with locked(data / "keys" / "lock", "box"):
        close(data, OWN)
        listener = bound(host, port)
        proxies = os.environ.get(PROXIES, "")
        made = server(build(data), DISCLOSURE, proxies=proxies, log_level="critical")
        with made.capture_signals():  # it is there from now on, and Ctrl-C is its end
            click.echo(f"Open {address_of(host, listener)}/")
            made.run(sockets=[listener])


@disclosure.command()
@click.argument("quarter", metavar="QUARTER")
@click.option(
    "--node", type=click.Path(file_okay=False, path_type=Path), help="Put it into this node's log."
)
@_box
def quarter(quarter: str, node: Path | None, data: Path) -> None:
    """Tell of a QUARTER that is over, as in 2026q3: a count in bands, and a root."""
    from amparo.coalition.submission import quarter as of_day
    from amparo.errors import Refused
    from amparo.ledger.disclosure.drop_box import Disclosures
    from amparo.ledger.log.notarise import remark
    from amparo.storage.node import open_node

    if quarter >= of_day(_today()):
        raise Refused("This quarter is not over.", why=quarter, fix="Wait until it is.")
    box = Disclosures(data)
    closed = box.close_quarter(quarter)
    box.close()
    if node is not None:
        index = remark(open_node(node), "disclosure.quarter", closed._asdict())
        click.echo(f"Entry {index} of the log.", err=True)
    click.echo(json.dumps(closed._asdict()))


def _directory(url: str | None, file: Path | None, proxy: str | None) -> "Directory":
    import msgspec

    from amparo.errors import Malformed
    from amparo.ledger.disclosure.recipients import Directory
    from amparo.record import strict_json

    if file is not None:
        raw = file.read_bytes()
    elif url is not None:
        with _server(url, proxy) as server:
            raw = server.get("/directory").body
    else:
        raise Malformed("For whom?", why="no --directory and no --to is given", fix="Add one.")
    try:
        return strict_json.decode(raw, Directory)
    except msgspec.DecodeError as error:
        raise Malformed(
            "That is no directory.", why=str(error), fix="Fetch URL/directory."
        ) from None


def _listing(server: "Server", who: str, identity: Path) -> list[dict[str, Any]]:
    from amparo.ledger.disclosure import sealing

    raw = server.get(f"/inbox/{who}").body
    found: list[dict[str, Any]] = json.loads(sealing.unlock(raw, sealing.read_identity(identity)))
    return found


class Server:
    """A server of sealed disclosure, asked without a word of who asks."""

    def __init__(self, url: str, proxy: str | None) -> None:
        from amparo.ledger.outbound import http

        self._url = url.rstrip("/")
        self._asker = http.Asker(named=http.host_of(url), proxy=proxy or http.proxy_for(url))

    def close(self) -> None:
        """Close the connection."""
        self._asker.close()

    def get(self, path: str) -> "Answer":
        """What is at a path."""
        return self._ask("GET", path, b"", "")

    def post_form(
        self, path: str, fields: dict[str, Any], files: dict[str, tuple[str, bytes]] | None = None
    ) -> "Answer":
        """Send a form, as a browser does."""
        from amparo.ledger.outbound import http

        kind, body = http.form(fields, files or {})
        return self._ask("POST", path, body, kind)

    def post_json(self, path: str, body: dict[str, Any]) -> "Answer":
        """Send JSON."""
        return self._ask("POST", path, json.dumps(body).encode(), "application/json")

    def _ask(self, method: str, path: str, body: bytes, kind: str) -> "Answer":
        from amparo.coalition import sealed

        headers = {"accept": "application/json", "user-agent": "", "content-type": kind}
        answer = self._asker.ask(
            method,
            f"{self._url}{path}",
            body,
            headers=headers,
            seconds=ASK_SECONDS,
            most_bytes=sealed.MOST_BYTES,
            least_rate=LEAST_RATE,
        )
        return _checked(answer)


@contextmanager
def _server(url: str, proxy: str | None) -> Iterator[Server]:
    from amparo.errors import Unavailable
    from amparo.ledger.outbound.http import NoAnswer

    try:
        with closing(Server(url, proxy)) as server:
            yield server
    except NoAnswer as error:
        raise Unavailable(
            "The server did not answer.", why=error.why, fix="Look at --to and --proxy; try again."
        ) from None


def _checked(answer: "Answer") -> "Answer":
    from amparo.errors import Refused, Unavailable

    if not answer.is_success:
        try:
            problem = answer.json()
        except Unavailable:
            problem = {"message": "The server did not take it.", "why": str(answer.status)}
        raise Refused(
            str(problem.get("message")),
            why=str(problem.get("why")),
            fix=str(problem.get("fix", "Try again.")),
        )
    return answer


def _ask_words() -> str:
    """The seven words, on one line or on several; they are read here and sent to nobody."""
    import sys

    from amparo.ledger.disclosure.sealing import MOST_TYPED, WORDS

    if not sys.stdin.isatty():
        return sys.stdin.read(MOST_TYPED)
    lines = [str(click.prompt("Your seven words", hide_input=True))]
    while sum(len(line.split()) for line in lines) < WORDS:  # pasted with a number a line, say
        more = str(
            click.prompt(
                "Further words, or nothing", hide_input=True, default="", show_default=False
            )
        )
        if not more:
            break
        lines.append(more)
    return "\n".join(lines)


def _today() -> date:
    return datetime.now(UTC).date()
