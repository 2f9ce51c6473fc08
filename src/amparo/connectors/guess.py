"""What the columns of a strange table may be: by their names in several languages, and by values.

It is a guess that a person looks at before anything is taken in, and where two readings are
possible, or a word of the tool means something in law, it is none: a person is asked. What a tool
calls a ban may end an account or suspend it; only who knows the tool can say.
"""

# SPDX-License-Identifier: Apache-2.0

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from amparo.connectors import table
from amparo.connectors.mapping import DATES, Dates, TableMapping

NAMES: Mapping[str, str] = {
    "id": "id uuid identifier number no nr number ticket ticketid caseid case decisionid actionid "
    "nativeid platformuid puid kennung nummer fallnummer vorgang numero identificador "
    "identifiant reference ref",
    "kind": "kind recordtype",
    "decided": "decided decidedat decisiondate decision date createdat created datum "
    "entschiedenam entscheidungsdatum erstelltam fecha fechadecision fechadedecision "
    "datededecision datedecision dateofdecision actiondate actionedat timestamp time "
    "solvedat resolvedat closedat bannedat dateban fechabaneo data dataora",
    "submitted": "submitted submittedat receivedat reportedat received eingegangenam eingang "
    "fecharecepcion recibido datereception recule openedat filedat",
    "changed": "changed changedat updated updatedat modified modifiedat geandertam actualizado "
    "fechaactualizacion misajour modifiele",
    "restriction": "restriction action measure sanction penalty einschrankung massnahme sanktion "
    "restriccion medida sancion mesure decisiontype actiontype accion actiontaken aktion",
    "end_date": "enddate end expires expiresat until bannedtill ablauf endet bis fechafin "
    "hasta vencimiento datefin jusquau expiration expiry suspendeduntil",
    "lifted": "lifted liftedat revokedat reversedat unbannedat overruledat aufgehobenam levantado "
    "revocado leveele",
    "decided_by": "decidedby moderator moderatorid staff agent entschiedenvon bearbeiter "
    "moderador decididopor moderateur decidepar actingadmin actor operator",
    "email": "email mail useremail emailaddress correo correoelectronico courriel adressemail "
    "epost",
    "language": "language lang locale sprache idioma langue userlanguage",
    "reasons": "reversalreason",
    "reverses": "reverses revokes undoes",
    "word_reason": "reason banreason rule ruleid policy policyid grund regel motivo regla norma "
    "motif raison regle reasoncode violation",
    "decision_facts": "facts decisionfacts circumstances sachverhalt tatsachen hechos faits "
    "details description beschreibung descripcion note",
    "decision_ground": "ground decisionground rechtsgrund fundamento fondement",
    "category": "category kategorie categoria categorie",
    "content_type": "contenttype inhaltsart tipodecontenido typedecontenu",
    "content_date": "contentdate postedat publishedat contentcreatedat veroffentlichtam "
    "eingestelltam veroffentlicht fechacontenido fechadepublicacion datedepublication posted",
    "application_date": "applicationdate effectivefrom giltab vigentedesde",
    "source_type": "sourcetype detectionsource quelle fuente",
    "automated_detection": "automateddetection detectedautomatically automatischerkannt",
    "automated_decision": "automateddecision automated automatic automatisch automatizado "
    "automatise",
    "outcome": "outcome result resolution ergebnis resultado resultat",
    "allegation": "reportreason reportcategory allegation meldegrund",
}
"""Our name -> how columns are named, without accents, blanks and signs; the likeliest first."""
MOST_LETTERS = 60
MOST_WORDS = 40
"""A column with more different values is free text, and not one of a list."""
FORMS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y")
HOURS = ("", " %H:%M", " %H:%M:%S")
MOSTLY = 0.7
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CODED = (
    *("decision_ground", "category", "content_type", "source_type", "automated_decision"),
    "restriction",
)
"""Columns that are told by their values, since these are codes of the schema."""


class Guess(NamedTuple):
    """What was understood, and what a person has to say."""

    mapping: TableMapping
    why: Mapping[str, str]
    """Our name -> how its column was recognised: `name` or `values`."""
    left: Sequence[str]
    """Columns that nothing was made of; they are not taken in."""
    unclear: Mapping[str, Sequence[str]]
    """Our name -> words of the tool that have no meaning in law yet."""
    missing: Sequence[str]
    """What no column says and a record cannot do without."""
    orders: Sequence[str]
    """The orders of day and month that are possible where there is more than one: 03/04/2026."""


def guess(header: Sequence[str], rows: Sequence[Sequence[str]], kind: str) -> Guess:
    """What the columns of a table may be; `rows` are its first ones, `kind` as in `table.KINDS`."""
    values = _values(header, rows)
    columns, why = _by_name(header, values, kind)
    _by_values(values, columns, why)
    strange = unclear(header, rows, columns)
    for ours in strange:  # a rule of the desk can go by what the tool calls it
        columns[table.WORD + ours], why[table.WORD + ours] = columns[ours], why[ours]
    orders = _orders([values[columns[name]] for name in DATES if name in columns])
    return Guess(
        TableMapping(
            columns=columns,
            always={"kind": kind},
            dates=dates_of(header, rows, columns, orders[0] if orders else ""),
        ),
        why,
        [name for name in header if name not in columns.values()],
        strange,
        [name for name in _needed(kind) if name not in columns],
        orders if len(orders) > 1 else (),
    )


def dates_of(
    header: Sequence[str], rows: Sequence[Sequence[str]], columns: Mapping[str, str], order: str
) -> Dates:
    """How the days of a table are written, if day, month and year stand in this order."""
    values = _values(header, rows)
    forms = {
        name: _form(values[columns[name]], order)
        for name in DATES
        if name in columns and values[columns[name]]
    }
    common = max(forms.values(), key=list(forms.values()).count, default="")
    return Dates(common, forms={name: form for name, form in forms.items() if form != common})


def _values(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Column -> its cells that are not empty."""
    return {
        name: [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        for place, name in enumerate(header)
    }


def _needed(kind: str) -> tuple[str, ...]:
    if kind in table.HANDLED:
        return ("id", "submitted")
    return ("id", "decided", "restriction") if kind == "restriction" else ("id", "decided")


def _by_name(
    header: Sequence[str], values: Mapping[str, Sequence[str]], kind: str
) -> tuple[dict[str, str], dict[str, str]]:
    columns: dict[str, str] = {}
    plain = {name: _plain(name) for name in header}
    for ours, names in NAMES.items():
        if not _fits(ours, kind):
            continue
        for likely in [_plain(ours), *names.split()]:
            found = [
                name
                for name in header
                if plain[name] == likely
                and name not in columns.values()
                and _may_be(ours, values[name])
            ]
            if found:
                columns[ours] = found[0]
                break
    for name in header:  # attributes of the schema under their own names
        is_free = name not in columns and name not in columns.values()
        if table.known(name) and is_free and _may_be(name, values[name]):
            columns[name] = name
    return columns, dict.fromkeys(columns, "name")


def _fits(ours: str, kind: str) -> bool:
    if kind in table.HANDLED:
        return ours in ("id", "submitted", "decided", "changed", "outcome", "category")
    return ours not in ("submitted", "outcome")


def _may_be(ours: str, values: Sequence[str]) -> bool:
    """Whether a column of that name holds such values."""
    if ours in DATES:
        return _mostly(_is_date, values)
    if ours == "email":
        return _mostly(_is_email, values)
    if ours == "id":
        return len(set(values)) == len(values)
    if ours.startswith(table.WORD):
        return len(set(values)) <= MOST_WORDS and all(
            len(value) <= MOST_LETTERS for value in values
        )
    return True


def _by_values(
    values: Mapping[str, Sequence[str]], columns: dict[str, str], why: dict[str, str]
) -> None:
    """What a name does not say, where only one reading is possible."""
    free = [name for name in values if name not in columns.values() and values[name]]
    for ours in CODED:
        fitting = [name for name in free if _all_codes(ours, values[name])]
        if ours not in columns and len(fitting) == 1:
            columns[ours], why[ours] = fitting[0], "values"
            free.remove(fitting[0])
    emails = [name for name in free if _mostly(_is_email, values[name])]
    if "email" not in columns and len(emails) == 1:
        columns["email"], why["email"] = emails[0], "values"
        free.remove(emails[0])
    dates = [name for name in free if _mostly(_is_date, values[name])]
    if "decided" not in columns and len(dates) == 1:
        columns["decided"], why["decided"] = dates[0], "values"


def _all_codes(ours: str, values: Iterable[str]) -> bool:
    parts = [part for value in values for part in re.split(r"[;,]", value) if part.strip()]
    return all(table.code(ours, part) is not None for part in parts)


def unclear(
    header: Sequence[str], rows: Sequence[Sequence[str]], columns: Mapping[str, str]
) -> dict[str, Sequence[str]]:
    """Our name -> words of its column that are no codes of the schema."""
    values = _values(header, rows)
    found: dict[str, Sequence[str]] = {}
    for ours, column in columns.items():
        if ours in CODED:
            words = dict.fromkeys(values[column])
            strange = [word for word in words if not _all_codes(ours, [word])]
            if strange:
                found[ours] = strange[:MOST_WORDS]
    if "outcome" in columns:
        found["outcome"] = list(dict.fromkeys(values[columns["outcome"]]))[:MOST_WORDS]
    return found


def _orders(columns: Sequence[Sequence[str]]) -> list[str]:
    """The orders of day and month in which all columns can be read; none where all are ISO."""
    strange = [values for values in columns if values and not _mostly(_is_iso, values)]
    if not strange:
        return []
    return [order for order in FORMS if all(_form(values, order) for values in strange)]


def _form(values: Sequence[str], order: str) -> str:
    """The form in which most of a column can be read; empty is ISO 8601."""
    if _mostly(_is_iso, values):
        return ""
    forms = [order + hours for hours in HOURS]
    return next((form for form in forms if _mostly(partial(_reads, form=form), values)), "")


def _mostly(test: Callable[[str], bool], values: Sequence[str]) -> bool:
    """Whether it holds for nearly all: a few cells are wrong in every table."""
    return sum(map(test, values)) >= MOSTLY * len(values)


def _is_email(value: str) -> bool:
    return _EMAIL.fullmatch(value) is not None


def _is_date(value: str) -> bool:
    return _is_iso(value) or any(_reads(value, day + hours) for day in FORMS for hours in HOURS)


def _is_iso(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) >= len("2026-01-01") and "-" in value


def _reads(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True


def _plain(name: str) -> str:
    """A name without accents, case, blanks and signs."""
    bare = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", bare)
