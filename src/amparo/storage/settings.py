"""A node's settings: one typed struct, from which amparo.toml, its page and `--help` are made.

Each field says what it is for. A new node's amparo.toml is written from the fields; one that is
there is checked against them as a whole, so that a misspelt name is told and not passed over.
"""

# SPDX-License-Identifier: Apache-2.0

import difflib
import re
import textwrap
import tomllib
from typing import Annotated, Any, NamedTuple, get_args

import msgspec
from msgspec import Meta

from amparo.errors import Malformed
from amparo.record import address
from amparo.tlog.note import check_key_name

FILE = "amparo.toml"
_WIDTH = 99


def _text(says: str) -> Meta:
    return Meta(description=says)


def _number(says: str) -> Meta:
    return Meta(description=says, ge=0)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a node. In amparo.toml an empty text stands for the usual value."""

    origin: Annotated[
        str,
        _text("The log's identity, best its address without a scheme. It never changes."),
    ]
    journal: Annotated[
        str,
        _text(
            "Where the journal is. Empty: in the file journal.db here. For several hosts, "
            "PostgreSQL, as in postgresql://amparo@db.example/amparo (docs/growth.md); `amparo "
            "move` carries it over."
        ),
    ] = ""
    store: Annotated[
        str,
        _text(
            "Where the log's files and evidence are. Empty: in log/ and evidence/ here. For "
            "several hosts, an object store that speaks S3, as in s3://bucket/prefix; its address "
            "and keys are in the environment (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY, AWS_REGION)."
        ),
    ] = ""
    reserve: Annotated[
        int,
        _number(
            "Bytes of free disk below which new submissions are refused (507) while reading goes "
            "on."
        ),
    ] = 256 * 1024 * 1024
    disk_alarm: Annotated[
        int,
        _number(
            "Bytes of free disk below which the operator is told, before `reserve` is reached. By "
            "mail to `operator`, by a line in the log, and by the metric amparo_disk_low. "
            "0: never."
        ),
    ] = 1024 * 1024 * 1024
    operator: Annotated[
        str,
        _text("Who runs this node: the address to which its alarms are mailed. Empty: no mail."),
    ] = ""
    operator_name: Annotated[
        str,
        _text("Who runs this node, as its pages say: a name, and where one finds them."),
    ] = ""
    contact: Annotated[
        str,
        _text("Where people reach whoever runs this node: an address for mail, or of a page."),
    ] = ""
    most_waiting: Annotated[
        int,
        _number(
            "How many entries may wait to be published, say while witnesses are silent. Then the "
            "answer is 503."
        ),
    ] = 1_000_000
    requests_a_minute: Annotated[
        int,
        _number(
            "How many requests a minute a platform's token may send. Then the answer is 429. 0: "
            "any number."
        ),
    ] = 0
    retention_days: Annotated[
        int,
        _number(
            "Days after the end of a case after which its addresses and attached files are erased. "
            "A case ends when nobody waits, no clock runs, and every time limit for carrying it on "
            "is over (docs/case.md). 0: they are kept."
        ),
    ] = 0
    danger_hours: Annotated[
        int,
        _number(
            "Hours within which a desk means to have decided about a report that somebody's life "
            "or safety is threatened. What waits longer is marked as overdue, first in its queue."
        ),
    ] = 4
    base_url: Annotated[
        str,
        _text(
            "Where people reach this node, without a trailing slash. Empty: as the request says."
        ),
    ] = ""
    policy: Annotated[
        str,
        _text(
            "A policy file (docs/tlog.md) whose witnesses are asked for cosignatures. Empty: none."
        ),
    ] = ""
    smtp: Annotated[
        str,
        _text(
            "The mail server, as in smtp+starttls://user:password@host:587. The variable "
            "AMPARO_SMTP goes before it."
        ),
    ] = "smtp://localhost"
    sender: Annotated[
        str,
        _text("The address from which mail comes."),
    ] = "amparo@localhost"
    bounces: Annotated[
        str,
        _text(
            "The address to which mail that does not arrive comes back, for `amparo mail bounce`: "
            "each letter adds +NUMBER.MARK before its @. Empty: to `sender`."
        ),
    ] = ""
    charter: Annotated[
        str,
        _text(
            "The digest of the first charter of the coalition this node belongs to "
            "(docs/coalition.md). Its witnesses' quorum and its seats on panels then stand in the "
            "place of `policy` and `roster_key`."
        ),
    ] = ""
    roster_key: Annotated[
        str,
        _text(
            "The key of whoever signs the roster of panels (docs/coalition.md), as "
            "name+id+base64. The signed roster itself is the file `roster` beside this one. "
            "Empty: no panels here."
        ),
    ] = ""
    oidc_issuer: Annotated[
        str,
        _text(
            "The issuer's address, where reviewers sign in through your organisation (OpenID "
            "Connect). Empty: only links and passkeys."
        ),
    ] = ""
    oidc_client: Annotated[
        str,
        _text(
            "The name by which that issuer knows this node. The secret is the file "
            "keys/oidc.secret."
        ),
    ] = ""
    oidc_addresses_verified: Annotated[
        bool,
        _text(
            "Whether that issuer has verified every address that it names, although it does not "
            "say `email_verified`, as Entra ID. An address that it calls unverified opens nothing."
        ),
    ] = False
    lake: Annotated[
        str,
        _text("The observatory's folder of added dumps, as `amparo observe add --lake` fills it."),
    ] = "lake"
    monitor: Annotated[
        str,
        _text(
            "The folder of an `amparo monitor`. /coalition shows what it knows of all members' "
            "logs."
        ),
    ] = "monitor"


class Setting(NamedTuple):
    """One setting, as a page tells of it."""

    name: str
    default: str
    """As amparo.toml writes it; empty where the setting must be there."""
    says: str
    """What it is for: sentences, the first of which can stand alone."""

    @property
    def summary(self) -> str:
        """The first sentence."""
        return re.split(r"(?<=\.) (?=[A-Z0-9])", self.says)[0]


def every() -> list[Setting]:
    """All settings, in the order of amparo.toml."""
    return [
        Setting(
            field.name,
            "" if field.default is msgspec.NODEFAULT else _toml(field.default),
            get_args(field.type)[1].description,
        )
        for field in msgspec.structs.fields(Settings)
    ]


def read(text: str, *, name: str) -> Settings:
    """The settings of an amparo.toml; `Malformed` with every fault. `name`: the file's."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(name, str(error)) from None
    given = {key: value for key, value in found.items() if value != ""}
    if faults := _faults(given):
        raise _unreadable(name, "; ".join(faults))
    try:
        settings = msgspec.convert(given, Settings)
        check_key_name(settings.origin)
    except ValueError as error:
        raise _unreadable(name, str(error)) from None
    return msgspec.structs.replace(
        settings,
        base_url=settings.base_url.rstrip("/"),
        store=settings.store.rstrip("/"),
        oidc_issuer=settings.oidc_issuer.rstrip("/"),
    )


def new_text(settings: Settings) -> str:
    """The amparo.toml of a new node, each setting with what it is for."""
    parts = ["# The settings of an Amparo node. An empty text stands for the usual value.\n"]
    for setting in every():
        comment = textwrap.wrap(
            setting.says,
            _WIDTH,
            initial_indent="# ",
            subsequent_indent="# ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        parts += ["", *comment, f"{setting.name} = {_toml(getattr(settings, setting.name))}"]
    return "\n".join(parts[:1] + parts[2:]) + "\n"


def with_setting(text: str, name: str, value: str | int) -> str:
    """The text of amparo.toml with one setting changed or added."""
    line = f"{name} = {_toml(value)}"
    changed, found = re.subn(rf"(?m)^{name} *=.*$", lambda _: line, text)
    return changed if found else f"{text.rstrip()}\n\n{line}\n"


def at_home(text: str) -> str:
    """The text of amparo.toml for a node that keeps everything in its own folder."""
    return with_setting(with_setting(text, "journal", ""), "store", "")


def _faults(given: dict[str, Any]) -> list[str]:
    """What is wrong with each setting by itself."""
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    faults = [_unknown(key, list(fields)) for key in given if key not in fields]
    for field in fields.values():
        if field.name not in given:
            if field.default is msgspec.NODEFAULT:
                faults.append(f"`{field.name}` is missing")
            continue
        try:
            msgspec.convert(given[field.name], field.type)
        except msgspec.ValidationError:
            faults.append(
                f"`{field.name}` is {_shown(given[field.name])}; "
                f"{_expected(field.default)} was expected"
            )
    return faults + [
        f"`{name}` is {_shown(given[name])}; an address that begins with https:// was expected"
        for name in ("base_url", "oidc_issuer")
        if isinstance(given.get(name), str) and not address.is_of_server(given[name])
    ]


def _unknown(key: str, names: list[str]) -> str:
    near = difflib.get_close_matches(key, names, 1)
    return f"there is no setting `{key}`" + (f"; `{near[0]}` is one" if near else "")


def _expected(default: object) -> str:
    if isinstance(default, bool):
        return "true or false"
    number = isinstance(default, int)
    return "a whole number, 0 or more," if number else "a text in quotation marks"


def _shown(value: object) -> str:
    return repr(value) if len(repr(value)) <= 40 else f"{repr(value)[:40]}…"


def _toml(value: str | int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _unreadable(name: str, why: str) -> Malformed:
    return Malformed(
        f"{name} cannot be read.",
        why=why,
        fix="Mend what is named, or put the file back from a backup; `amparo serve --help` and "
        "docs/operation.md list every setting. If a newer version of Amparo wrote it, start that "
        "one.",
    )
