"""What is wrong with a node, or will be, and how to mend it: judged from its status alone.

Each finding is in texts, since the operator's page words it in the reader's language. Where that
page has what mends it, its address is `page`.
"""

# SPDX-License-Identifier: Apache-2.0

import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from amparo.errors import Period, Text
from amparo.ledger.upkeep.status import OfPlatform, Status
from amparo.storage.settings import Settings

Weight = Literal["broken", "soon", "advice"]
"""Harm is done now; harm will be done if nobody acts; it would be better otherwise."""
WEIGHTS: tuple[Weight, ...] = ("broken", "soon", "advice")
CLOCK_SECONDS = 60
"""By how much a checkpoint may be dated ahead of the clock: it is read a moment later."""
QUIET_SECONDS = 2 * 3600
"""A log signs a checkpoint every hour, also where nothing is new."""
CHECK_SECONDS = 3 * 86_400
MAIL_SECONDS = 3600
BACKUP_DAYS = 7
_GIB = 1024**3


class Finding(NamedTuple):
    """One thing that somebody should look at."""

    weight: Weight
    what: Text
    why: Text
    fix: Text
    page: str = ""
    """The page on which it can be mended; empty: there is none."""


def examine(status: Status, settings: Settings, now: int, unreachable: str) -> list[Finding]:
    """What is found, the worst first.

    `now`: POSIX seconds; `unreachable`: why the mail server cannot be reached, empty where it can.
    Nobody waits for anything in a demonstration, so that only what it runs on is looked at there.
    Nobody is written to of a record without cases: what only its letters need is advice.
    """
    found = [*_log(status, now), *_disk(status), *_check(status, now)]
    if not status.demonstration:
        found += [
            *_mail(status, settings, now, unreachable),
            *_backups(status, now),
            *_people(status),
            *(finding for each in status.platforms if not each.demo for finding in _platform(each)),
            *_connections(status),
            *_settings(status, settings),
        ]
    return sorted(found, key=lambda finding: WEIGHTS.index(finding.weight))


def _log(status: Status, now: int) -> Iterator[Finding]:
    log = status.log
    if not log.published_here and now - log.signed_at > QUIET_SECONDS and log.entries:
        yield Finding(
            "broken",
            Text("Nobody publishes the record."),
            Text(
                "no process of this machine does, and the newest checkpoint is {age} old",
                age=_age(now - log.signed_at),
            )
            if log.signed_at
            else Text("no process of this machine does, and no checkpoint was ever signed"),
            Text(
                "Start `amparo serve`; where it runs, /health says what keeps it from publishing."
            ),
            "/health",
        )
    elif log.public is None:
        yield Finding(
            "broken",
            Text("What is public of the record cannot be read."),
            Text("{answer}", answer=log.why),
            Text(
                "See that its place answers (`store` in amparo.toml, if it is set). {more}",
                more=_CHECK,
            ),
        )
    elif log.entries > log.public and now - log.signed_at > QUIET_SECONDS:
        yield Finding(
            "broken",
            Text("Entries that wait to be public: {number}.", number=log.entries - log.public),
            Text("the newest checkpoint is {age} old", age=_age(now - log.signed_at)),
            Text(
                "/health says what keeps the node from publishing: often its witnesses are silent."
            ),
            "/health",
        )
    if log.signed_at > now + CLOCK_SECONDS:
        yield Finding(
            "broken",
            Text("The clock of this machine is behind, or was ahead."),
            Text("the newest checkpoint is ahead of it: {age}", age=_age(log.signed_at - now)),
            Text("Set the clock. Nothing is published before the time of that checkpoint."),
            "/health",
        )
    if log.public and not log.witnesses:
        yield Finding(
            "advice",
            Text("No witness cosigns this log."),
            Text("without one, only monitors can tell that everybody is shown the same record"),
            Text(
                "Ask a witness, and name it in `policy`, or join a coalition (docs/coalition.md)."
            ),
            "/coalition",
        )


def _disk(status: Status) -> Iterator[Finding]:
    free = f"{status.free / _GIB:.1f} GiB"
    if status.free < status.reserve:
        yield Finding(
            "broken",
            Text("Submissions are refused: the disk is full."),
            Text("{free} are free, less than `reserve`", free=free),
            Text("Make room on the disk of the node's folder; it goes on by itself."),
        )
    elif status.free < status.low_below:
        yield Finding(
            "soon",
            Text("The disk is nearly full."),
            Text("{free} are free, less than `disk_alarm`", free=free),
            Text("Make room before submissions are refused."),
        )


def _check(status: Status, now: int) -> Iterator[Finding]:
    checked = status.checked
    if checked is not None and not checked.ok:
        yield Finding(
            "broken",
            Text("The daily check found a fault."),
            Text("{answer}", answer=checked.what or checked.why),
            _CHECK,
        )
    elif checked is not None and now - checked.at > CHECK_SECONDS:
        yield Finding(
            "soon",
            Text("The record was not checked for days."),
            Text("the last check of all of it ended {age} ago", age=_age(now - checked.at)),
            Text("Let the node run at night, or run `amparo log check` while it stands still."),
        )


_CHECK = Text("Run `amparo log check`; docs/operation.md says what each fault asks for.")


def _mail(status: Status, settings: Settings, now: int, unreachable: str) -> Iterator[Finding]:
    mail = status.mail
    if unreachable:
        yield Finding(
            "broken" if mail.waiting else _before_long(status),
            Text("The mail server cannot be reached: nobody is told of anything."),
            Text(
                "{answer}; letters and webhooks that wait: {number}",
                answer=unreachable,
                number=mail.waiting,
            ),
            Text("Name one that takes this node's mail: `smtp` in amparo.toml, or AMPARO_SMTP."),
            "/admin/mail",
        )
    elif mail.waiting and now - mail.since > MAIL_SECONDS:
        yield Finding(
            "soon",
            Text("Letters and webhooks that wait: {number}.", number=mail.waiting),
            Text("the oldest of them for {age}", age=_age(now - mail.since)),
            Text(
                "What a server does not take now is tried again for days; `amparo mail list` says "
                "what it answered, and `amparo mail again` does not wait."
            ),
            "/admin/mail",
        )
    if mail.lost:
        yield Finding(
            "soon",
            Text("Cases with a letter that will never arrive: {number}.", number=mail.lost),
            Text("a server refused them, or they came back"),
            Text(
                "The desk shows which; the platform is asked to tell these people in its own way."
            ),
            "/admin/mail",
        )
    if settings.sender.endswith("@localhost") and status.platforms:
        yield Finding(
            _before_long(status),
            Text("Letters come from {sender}.", sender=settings.sender),
            Text("most mail servers refuse an address that nobody can answer to"),
            Text("Set `sender` in amparo.toml to an address of your domain."),
            "/admin/settings",
        )


def _backups(status: Status, now: int) -> Iterator[Finding]:
    if not status.log.entries:
        return
    if not status.backups:
        yield Finding(
            "soon",
            Text("There is no backup."),
            Text("none was made of this node, or all were forgotten"),
            Text("`amparo backup DIR`, on another disk, every night; and practise the restore."),
        )
        return
    newest = status.backups[0]
    age = now - int(datetime.fromisoformat(newest.made_at).timestamp())
    if age > BACKUP_DAYS * 86_400:
        yield Finding(
            "soon",
            Text("The newest backup is old."),
            Text("it was made {age} ago: {place}", age=_age(age), place=newest.path),
            Text("`amparo backup DIR`, on another disk, every night."),
        )
    if all(backup.beside_the_node for backup in status.backups):
        yield Finding(
            "advice",
            Text("Every backup lies on the node's own disk."),
            Text("whatever takes that disk takes both: {place}", place=newest.path),
            Text("`amparo backup DIR`, on another disk, every night."),
        )


def _people(status: Status) -> Iterator[Finding]:
    if status.claims:
        yield Finding(
            "soon",
            Text("Claims to a case at which nobody has looked: {number}.", number=status.claims),
            Text("their claim ends unheard after some days"),
            Text("`amparo claim list` shows them, and `amparo claim prove` says what was seen."),
        )
    panels = status.panels
    if panels.cases and not panels.registrars:
        yield Finding(
            "broken",
            Text("Cases of panels that nobody leads: {number}.", number=panels.cases),
            Text("no registrar has a seat"),
            Text(
                "`amparo panel registrar` gives one; `amparo panel setup` makes all that panels "
                "need."
            ),
            "/admin/seats",
        )
    elif panels.cases and not panels.ready:
        yield Finding(
            "broken",
            Text(
                "Cases of panels for which no member can be drawn: {number}.", number=panels.cases
            ),
            Text("there is no roster"),
            Text("`amparo panel setup` makes roster, chains and seats in one go."),
        )


def _platform(platform: OfPlatform) -> Iterator[Finding]:
    page = f"/admin/platforms/{platform.slug}"
    yield from _way_in(platform, page)
    yield from _desk(platform)
    yield from _owed(platform)
    if platform.webhook in ("failing", "ended"):
        yield Finding(
            "soon",
            Text("The webhook of {name} is failing.", name=platform.name)
            if platform.webhook == "failing"
            else Text("The webhook of {name} is ended.", name=platform.name),
            Text("{answer}", answer=platform.webhook_why)
            if platform.webhook_why
            else Text("it did not answer well"),
            Text(
                "`amparo platform webhook {name} --status`; ask the platform, and set it anew.",
                name=shlex.quote(platform.name),
            ),
            page,
        )


def _way_in(platform: OfPlatform, page: str) -> Iterator[Finding]:
    if not platform.tokens:
        yield Finding(
            "advice",
            Text("{name} cannot submit.", name=platform.name),
            Text("it has no token"),
            _run("platform token", platform.name),
            page,
        )


def _desk(platform: OfPlatform) -> Iterator[Finding]:
    name = platform.name
    if platform.complaints and not platform.reviewers:
        yield Finding(
            "broken",
            Text(
                "Complaints about {name} that nobody can decide: {number}.",
                name=name,
                number=platform.complaints,
            ),
            Text("nobody has a seat at its desk"),
            _run("reviewer add NAME EMAIL --lead --platform", name),
            "/admin/seats",
        )
    elif platform.late:
        yield Finding(
            "broken",
            Text(
                "Late complaints about {name}: {late} of {number}.",
                name=name,
                late=platform.late,
                number=platform.complaints,
            ),
            Text("they are past the time that the node promised"),
            Text("The desk shows the latest first; more reviewers, or a group, may help."),
            "/admin/seats",
        )
    if platform.danger_late:
        yield Finding(
            "broken",
            Text(
                "Somebody is in danger, and {name} has not decided in time: {number}.",
                name=name,
                number=platform.danger_late,
            ),
            Text("`danger_hours` in amparo.toml says within how many hours the desk decides"),
            Text("Tell its leads now: such reports stand first at the desk."),
            "/admin/seats",
        )
    if platform.reviewers == 1:
        yield Finding(
            "advice",
            Text("One person alone sits at the desk of {name}.", name=name),
            Text(
                "whoever took a decision may not review it, and nobody is there while they are away"
            ),
            _run("reviewer add NAME EMAIL --platform", name),
            "/admin/seats",
        )


def _owed(platform: OfPlatform) -> Iterator[Finding]:
    """What the platform owes to people."""
    name = platform.name
    if platform.orders_late:
        yield Finding(
            "broken",
            Text(
                "Orders that are overdue at {name}: {number}.",
                name=name,
                number=platform.orders_late,
            ),
            Text("what was decided for people was not carried out in time"),
            Text("GET /api/v1/orders lists them; say so to the platform."),
        )
    if platform.notices and not platform.reviewers:
        yield Finding(
            "soon",
            Text("Notices that wait for {name}: {number}.", name=name, number=platform.notices),
            Text("they are answered by its API or at its desk, where nobody has a seat"),
            Text("Ask the platform, or give it a seat."),
            "/admin/seats",
        )
    if platform.untold:
        yield Finding(
            "soon",
            Text(
                "People who were not told of a decision of {name}: {number}.",
                name=name,
                number=platform.untold,
            ),
            Text(
                "no address came with it, or the letter did not arrive, and the platform has not "
                "said that it told them"
            ),
            Text("Ask the platform to send a contact, or to say so by its API (docs/case.md)."),
        )
    yield from _forwarding(platform)


def _forwarding(platform: OfPlatform) -> Iterator[Finding]:
    forwarding, name = platform.forwarding, platform.name
    if forwarding and forwarding.why:
        yield Finding(
            "broken",
            Text("Nothing of {name} goes on to the EU's database.", name=name),
            Text("{answer}", answer=forwarding.why),
            _run("forward status"),
        )
    if forwarding and forwarding.aside:
        yield Finding(
            "soon",
            Text(
                "Statements of {name} put aside on their way to the EU's database: {number}.",
                name=name,
                number=forwarding.aside,
            ),
            Text("it refused them, or what became of them is not known"),
            Text(
                "`amparo forward held {name}`, or /desk/forwarding.",
                name=shlex.quote(platform.name),
            ),
        )


def _connections(status: Status) -> Iterator[Finding]:
    for connection in status.connections:
        if connection.why:
            yield Finding(
                "soon",
                Text("The connection {name} fails.", name=connection.name),
                Text("{answer}", answer=connection.why),
                _run("connect status", connection.name),
            )
        if connection.drafts:
            yield Finding(
                "advice",
                Text(
                    "Drafts of {name} that wait for a person: {number}.",
                    name=connection.name,
                    number=connection.drafts,
                ),
                Text("their source does not say all that a statement needs"),
                Text("/desk/connect asks for it, and can make a rule of the answer."),
            )


def _settings(status: Status, settings: Settings) -> Iterator[Finding]:
    if not settings.base_url and status.platforms:
        yield Finding(
            _before_long(status),
            Text("The node does not know its own address."),
            Text("links in its letters lead to where it listens, which others cannot reach"),
            Text("Set `base_url` in amparo.toml."),
            "/admin/settings",
        )
    if not settings.operator:
        yield Finding(
            "advice",
            Text("Alarms reach nobody by mail."),
            Text("`operator` is empty"),
            Text("Set `operator` in amparo.toml to your address."),
            "/admin/settings",
        )
    if not (settings.operator_name and settings.contact):
        yield Finding(
            "advice",
            Text("Its pages do not say who runs this node."),
            Text("`operator_name` or `contact` is empty, and /about shows both"),
            Text("Set them in amparo.toml."),
            "/admin/settings",
        )


def _before_long(status: Status) -> Weight:
    """How much it weighs that letters do not arrive, or not well, while none waits."""
    return "soon" if status.log.has_cases else "advice"


def _run(command: str, name: str = "") -> Text:
    """The command that mends it, as one types it; `name`: its last word, in whatever script."""
    whole = f"amparo {command} {shlex.quote(name)}" if name else f"amparo {command}"
    return Text("Run `{command}`.", command=whole)


def _age(seconds: int) -> Period:
    """A length of time in its largest unit of which there are two."""
    for unit, long in _UNITS:
        if seconds >= 2 * long:
            return Period(seconds // long, unit)
    return Period(max(1, seconds // 60), "minutes")


_UNITS: tuple[tuple[Literal["days", "hours"], int], ...] = (("days", 86_400), ("hours", 3600))
