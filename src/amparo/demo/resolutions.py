"""Three resolutions of the made-up coalition: one adopted, one open, one that has lapsed.

Each document is signed with its member's key, and handed in by the one door for all of them.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime, timedelta

from amparo.coalition import document, resolution
from amparo.coalition.charter import Region
from amparo.coalition.resolution import Answer, Choice, Contact, Resolution, Wording
from amparo.demo import coalition
from amparo.demo.coalition import MEMBERS
from amparo.demo.director import Director, Life
from amparo.demo.stage import Stage
from amparo.ledger.coalition import charters, inbox

DERECHOS, AUFSICHT, OMBUDS, MEDIA_LAW, KASANDA = (made.id for made in MEMBERS)
HEARD = {
    "en": Wording(
        "No account is closed without a hearing",
        "Members ask platforms to hear people before an account is closed.\n\nWhere waiting would "
        "put somebody in danger, they are heard within a day afterwards.",
    ),
    "es": Wording(
        "Ninguna cuenta se cierra sin audiencia",
        "Los miembros piden a las plataformas que oigan a las personas antes de cerrar una "
        "cuenta.\n\nDonde esperar pondría en peligro a alguien, se le oye dentro de un día.",
    ),
}
MACHINES = {
    "en": Wording(
        "A person looks before a machine closes an account",
        "Members ask platforms that no account is closed by a machine alone.\n\nThe wave at Foro "
        "Libre took 640 people for machines, and nobody had looked at any of them.",
    ),
    "es": Wording(
        "Una persona mira antes de que una máquina cierre una cuenta",
        "Los miembros piden que ninguna cuenta se cierre solo por una máquina.\n\nLa ola en Foro "
        "Libre tomó por máquinas a 640 personas, y nadie había mirado a ninguna.",
    ),
}
FEES = {
    "en": Wording(
        "Out-of-court bodies take no fee from persons",
        "Members ask certified bodies to take no fee from those whose post was removed.",
    ),
    "es": Wording(
        "Los órganos extrajudiciales no cobran a las personas",
        "Los miembros piden que no se cobre a quienes se les ha retirado una publicación.",
    ),
}
CONTACTS: tuple[tuple[str, str, Region], ...] = (
    (DERECHOS, "Secretariat for Digital Rights of Alvera", "latin_america"),
    (DERECHOS, "Congress of Costa Brava, committee on media", "latin_america"),
    (AUFSICHT, "Ministry of Justice of Westmark", "europe"),
    (AUFSICHT, "Council of Northern Regulators", "europe"),
    (OMBUDS, "Commissioner for Communication, Ontara", "northern_america"),
    (MEDIA_LAW, "Ministry of Information of Sunda Raya", "asia"),
    (MEDIA_LAW, "Human Rights Commission of Lanka Isles", "asia"),
    (KASANDA, "Assembly of the Lakes, legal service", "africa"),
    (KASANDA, "Ministry of Foreign Affairs of Zembali", "africa"),
    (KASANDA, "Parliament of Tavaki", "oceania"),
)
ADOPTED_BY: tuple[tuple[str, Choice, str], ...] = (
    (DERECHOS, "yes", ""),
    (KASANDA, "reservation", "Subject to the law on elections of the Republic."),
    (OMBUDS, "abstain", "We may have to decide on this."),
    (AUFSICHT, "yes", ""),
)


class Resolutions:
    """What the members sign, one after the other."""

    def __init__(self, stage: Stage) -> None:
        """Nothing is proposed yet."""
        self._stage = stage
        self.missing = ""
        """An answer that is signed and not handed in: with it the open resolution is adopted."""

    def begin(self, director: Director, end: datetime) -> None:
        """One of a year ago, one of half a year ago, one of this month."""
        director.enter(self._adopted(), end - timedelta(days=340))
        director.enter(self._lapsed(), end - timedelta(days=190))
        director.enter(self._open(), end - timedelta(days=12))

    def _adopted(self) -> Life:
        digest = self._propose(DERECHOS, HEARD, days=90)
        for member, whom, region in CONTACTS:
            yield timedelta(days=2)
            self._contact(digest, member, whom, region)
        for member, choice, words in ADOPTED_BY:
            yield timedelta(days=5)
            self._answer(digest, member, choice, {"en": words} if words else {})

    def _lapsed(self) -> Life:
        digest = self._propose(MEDIA_LAW, FEES, days=60)
        for member in (MEDIA_LAW, DERECHOS):
            yield timedelta(days=9)
            self._answer(digest, member, "yes", {})
        self._answer(digest, OMBUDS, "no", {})

    def _open(self) -> Life:
        digest = self._propose(OMBUDS, MACHINES, days=60)
        for member, whom, region in CONTACTS[::2]:
            yield timedelta(days=1)
            self._contact(digest, member, whom, region)
        for member in (OMBUDS, MEDIA_LAW):
            yield timedelta(days=2)
            self._answer(digest, member, "yes", {})
        made = Answer(digest, AUFSICHT, 1, "yes", {}, self._today)
        self.missing = self._signed(resolution.ANSWER, made, AUFSICHT).decode()

    def _propose(self, member: str, text: dict[str, Wording], *, days: int) -> str:
        _, charter = charters.newest(self._stage.node)
        until = self._stage.now + timedelta(days=days)
        made = Resolution(
            document.digest(charter), member, self._today, until.date().isoformat(), text
        )
        return self._hand_in(resolution.RESOLUTION, made, member)

    def _answer(self, digest: str, member: str, choice: Choice, words: Mapping[str, str]) -> None:
        made = Answer(digest, member, 1, choice, dict(words), self._today)
        self._hand_in(resolution.ANSWER, made, member)

    def _contact(self, digest: str, member: str, whom: str, region: Region) -> None:
        made = Contact(digest, member, whom, region, "letter to the office", self._today)
        self._hand_in(resolution.CONTACT, made, member)

    @property
    def _today(self) -> str:
        return self._stage.now.date().isoformat()

    def _hand_in(self, header: bytes, made: Resolution | Answer | Contact, member: str) -> str:
        stage, signed = self._stage, self._signed(header, made, member)
        return inbox.take(stage.journal, stage.node, signed, stage.now).digest

    def _signed(self, header: bytes, made: Resolution | Answer | Contact, member: str) -> bytes:
        return document.sign(header, made, coalition.signer_of(self._stage.node, member))
