"""A node that has much of everything to show, and whoever asks it: what `bench.routes` measures.

A member's node of a founded coalition with three witnesses. Beside 2,000 open complaints, 10,000
published rulings, and a second platform with a ruling of a group, it has three cases that are as
full as a case can get: one at the desk, two before panels.
"""

import hashlib
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import msgspec
from tests.case.test_worksheet import CARTOON
from tests.conftest import own_link, statement
from tests.report.conftest import given
from tests.servers import free_ports
from tests.stories.founded import Founded
from tests.stories.test_a_resolution import TEXT

from amparo.case import complaint, deliberation, delivery, group, panel, text_limits, waits
from amparo.case.state import Actor
from amparo.coalition.trusted_log import Fault, LogState, of_policy
from amparo.connectors import config
from amparo.connectors.record import Record
from amparo.ledger.case import casework, leads, mandates, people, saved_texts
from amparo.ledger.case.saved_texts import Written
from amparo.ledger.coalition.monitor_state import MOST_IN_FEED, MonitorState
from amparo.ledger.connect import connections, drafts, ingest
from amparo.ledger.forward import forwardings
from amparo.ledger.log import platforms
from amparo.ledger.upkeep import operators
from amparo.record.rules import Profile
from amparo.report import write
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.web.words import report_files, report_versions
from bench import wave

CASES, RULINGS, GROUP, DRAFTS = 2_000, 10_000, 200, 1_000
LONG = "ñ" * text_limits.TEXT
MEMBERS = ("mara", "nils", "olga")
LIST = "ab" * 32
REGISTRAR = Actor("registrar", "Ada")
YEAR = date.today().year  # noqa: DTZ011 - as the page has it


class World:
    """The node; `names` are what addresses are made of."""

    def __init__(self, folder):
        self._folder = folder
        self._provider, issuer = provider()
        self._founded = Founded(folder)
        self._founded.served.stop()
        self._settle(issuer)
        self.served = self._founded.served
        self.served.start()

    def fill(self):
        """Put into it what it shows."""
        self.token = self.served.add_platform("Foro")
        (self.case, self.own), (sheets, _), (votes, _) = (self._decision(n) for n in range(3))
        self.names = {
            "case": self.case, "own": self.own, "sheets": sheets, "votes": votes, "year": YEAR,
        }  # fmt: skip
        journal, node = Journal(self.served.data / "journal.db"), open_node(self.served.data)
        foro = platforms.find(journal, "Foro")
        wave.filed(journal, wave.decisions(node, journal, foro, CASES))
        self._wait_for_the_registrar(journal, foro)
        for case in (self.case, sheets, votes):
            self._fill(journal, UUID(case))
        self.names["draw"] = self._empanel(journal, UUID(sheets), 1)
        self._empanel(journal, UUID(votes), 2)
        self._seal(journal, UUID(votes))
        self._publish(journal, foro)
        self._connect(journal, node)
        self._sit(journal, node, foro)
        self._put_aside(journal, foro)
        journal.close()
        self._propose()
        self._report()

    def _connect(self, journal, node):
        """A connection with drafts in as many groups as a page shows, one of them large."""
        own = {"system": "csv", "name": "forum", "platform": "Foro", "instance": "foro.example"}
        connections.add(journal, config.read({"connector": own}), now=1)
        there = partial(connections.find, journal, "forum")
        made = [
            Record(kind="restriction", native_id=f"d{n}", words={"reason": f"r{n % 200}"})
            for n in range(DRAFTS)
        ]
        made += [
            Record(kind="restriction", native_id=f"s{n}", words={"reason": "s"})
            for n in range(DRAFTS)
        ]
        secret = node.secret()
        connections.set_trial(
            journal, there(), ingest.read_as_trial(journal, secret, there(), made)
        )
        connections.start(journal, there())
        ingest.take(journal, secret, there(), made, now=casework.now())
        [largest, *_] = drafts.groups(journal, there().id)
        [draft] = drafts.of_group(journal, there(), largest.alike, most=1)
        live = {**own, "system": "mastodon-live", "name": "social", "address": "https://x.example"}
        connections.add(journal, config.read({"connector": live}), now=1)
        connections.keep_secret(node, "social", '{"token": "t", "webhook": "w"}')
        self.names |= {
            "drafts": hashlib.sha256(largest.alike.encode()).hexdigest()[:16],
            "waiting": draft.item.digest.hex(),
        }

    def end(self):
        self._founded.end()
        self._provider.terminate()
        self._provider.wait()

    def statement(self, puid, **more):
        return statement(puid) | more

    def post(self, path, **body):
        return self.served.http.post(path, headers=self.token, **body)

    @contextmanager
    def visitor(self, number):
        """A browser at an address of its own."""
        place = f"127.0.{1 + number // 250}.{1 + number % 250}"
        self._transport = partial(httpx2.HTTPTransport, local_address=place)
        with self._browser() as client:
            yield client

    def way_back(self):
        """Where their organisation sends a browser of this visitor, and the cookie that it has."""
        with self._browser() as client:
            onward = client.get("/desk/oidc")
            answer = httpx2.post(onward.headers["location"], data={"sub": "lena"})
        place = urlsplit(answer.headers["location"])
        return f"{place.path}?{place.query}", onward.headers["set-cookie"].partition(";")[0]

    def _browser(self):
        return httpx2.Client(base_url=self.served.url, timeout=60, transport=self._transport())

    # --- what it has ----------------------------------------------------------------------

    def _settle(self, issuer):
        settings = self._founded.data / "amparo.toml"
        text = settings.read_text().replace('oidc_issuer = ""', f'oidc_issuer = "{issuer}"')
        settings.write_text(text.replace('oidc_client = ""', 'oidc_client = "amparo"'))
        secret = self._founded.data / "keys" / "oidc.secret"
        secret.write_text("between the two")
        secret.chmod(0o600)

    def _decision(self, n):
        told = self.post("/api/v1/statement", json=self.statement(f"full{n}")).json()
        return told["uuid"], own_link(self.served.http, told)

    def _fill(self, journal, case):
        """One case with as much from each side as a case takes."""
        now = casework.now()
        by, me = Actor("platform", "foro"), Actor("person")
        steps = [
            partial(complaint.file, role="person", grounds=LONG, attachments=(), now=now),
            *[lambda _: delivery.supply(content="x" * text_limits.CONTENT, by=by, now=now)] * 15,
            *[partial(complaint.add, grounds="ñ" * 5_000, attachments=(), by=me, now=now)] * 70,
        ]  # fmt: skip
        for step in steps:
            casework.act(journal, case, step)

    def _empanel(self, journal, case, number):
        """Have a panel drawn and its file closed; the draw's public name."""
        now, name = casework.now(), f"{number:032x}"
        eligible = [(one, f"Org {one}", ("en", "es")) for one in (*MEMBERS, "x", "y", "z")]
        by = Actor("platform", "foro")
        steps = [
            partial(panel.submit, role="person", grounds=LONG, now=now),
            lambda _: panel.admit(by=REGISTRAR, now=now),
            lambda _: panel.fix_list(
                digest=LIST, draw_id=name, eligible=eligible, excluded={}, language="en",
                number=number, by=REGISTRAR, now=now,
            ),
            partial(panel.draw, digest=LIST, members=MEMBERS, reserves=("x", "y"),
                    reveals={"x": "00" * 32, "z": "11" * 32}, seed="5e" * 32, now=now),
            partial(panel.form, clean=dict.fromkeys(MEMBERS, "None of the five."), by=REGISTRAR,
                    now=now),
            partial(panel.take_position, text=LONG, content="", by=by, now=now),
            partial(panel.deliberate, by=REGISTRAR, now=now),
        ]  # fmt: skip
        for step in steps:
            casework.act(journal, case, step)
        return name

    def _seal(self, journal, case):
        """All three worksheets, as long as one side's entries may be."""
        size = text_limits.MOST_BYTES_OF_A_SIDE // 4 // len(CARTOON)
        answers = {
            name: msgspec.structs.replace(
                one,
                reason=f"{name} {one.reason} ".ljust(
                    min(size, text_limits.WORKSHEET["reason"]), "r"
                ),
            )
            for name, one in CARTOON.items()
        }
        for member in MEMBERS:
            casework.act(
                journal, case,
                partial(deliberation.seal, member=member, answers=answers, now=casework.now()),
            )  # fmt: skip

    def _publish(self, journal, platform):
        with journal.transaction():
            journal.db.executemany(
                "INSERT INTO precedent (id, case_id, seq, at, platform, outcome, basis, ground, "
                "category, clause, profile, votes, body, dissents) "
                "VALUES (?, ?, 0, ?, ?, 'uphold', 'merits', '', '', '', ' P-LEG+ ', '{}', ?, '[]')",
                ((f"r{n}", n.to_bytes(16, "big"), n, platform.id, "word " * 400)
                 for n in range(RULINGS)),
            )  # fmt: skip

    def _put_aside(self, journal, platform):
        """What the EU's database would have refused, more than a page shows."""
        forwardings.set_up(journal, platform, url="https://eu.example", token="x", first=0, now=1)
        forwardings.pause(journal, platform.id)
        with journal.transaction():
            journal.db.executemany(
                "INSERT INTO forward_held VALUES (?, ?, 'refused', ?, 0, ?, 0)",
                ((n, platform.id, "decision_facts: no\n" * 100, n) for n in range(1_000)),
            )

    def _wait_for_the_registrar(self, journal, platform):
        """As many panel cases as there are complaints, in the registrar's list."""
        with journal.transaction():
            journal.db.executemany(
                "INSERT INTO panel VALUES (?, ?, 'submitted', ?, '  ', '', '')",
                (((CASES + n).to_bytes(16, "big"), platform.id, n) for n in range(CASES)),
            )

    def _sit(self, journal, node, foro):
        """Whoever has a seat, each with a session; and a ruling of a group at the other desk."""
        lead = people.add(journal, foro, "Lena", "lena@example.org", lead=True)
        member = people.add(journal, None, "Mara", "mara@example.org", known_as=["mara"])
        other = platforms.add(journal, "Plaza", Profile())
        second = people.add(journal, other, "Otto", "otto@example.org", lead=True)
        wave.filed(journal, wave.decisions(node, journal, other, GROUP))
        self.names["group"] = wave.ruled(journal, other, second.reviewer).id
        leading = people.add(journal, None, "Ada", "ada@example.org", lead=True)
        seats = {"desk": lead, "panel": member, "other": second, "registrar": leading}
        seats["body"] = self._speak(journal, foro)
        for number in range(saved_texts.MOST_OWN + saved_texts.MOST_SHARED):
            is_shared = number >= saved_texts.MOST_OWN
            written = Written(f"Text {number}", "Rule 7", "ñ" * saved_texts.MOST_BODY, is_shared)
            saved_texts.add(journal, lead, written)
        seats["waited"] = self._wait(journal, node)
        for name, one in seats.items():
            setattr(self, name, {"cookie": f"desk={people.new_session(journal, one.id)}"})
        session = operators.sign_in(journal, operators.new_link(journal, node))
        self.operator = {"cookie": f"operator={session}"}

    def _wait(self, journal, node):
        """Somebody at whose desk a page of people waits for a lead case that was answered."""
        platform = platforms.add(journal, "Agora", Profile())
        seat = people.add(journal, platform, "Lea", "lea@example.org", lead=True)
        lead = seat.reviewer
        first, *others = wave.decisions(node, journal, platform, leads.PAGE + 1)
        wave.filed(journal, [first, *others])
        now, named = casework.now(), {"named": [first], "question": "ñ" * text_limits.SECTION}
        number = leads.propose(
            journal, platform.id, [first, *others], **named, chosen="{}", by=lead, now=now
        )
        leads.go_on(journal, now)
        with journal.transaction():
            for case in others:
                casework.act_within(journal, case, partial(waits.join, by=Actor("person"), now=now))
            casework.act_within(journal, first, partial(group.until_open, reviewer=lead, now=now))
            decided = {"outcome": "upheld", "reasons": "ñ" * 600, "reviewer": lead, "now": now}
            casework.act_within(journal, first, partial(complaint.decide, **decided))
        self.names |= {"leads": number, "lead": first}
        self.waiting = {f"do:{case}:0": "same" for case in others}
        return seat

    def _speak(self, journal, foro):
        """Somebody whom the person of the full case, and a page of others, asked to speak."""
        person = mandates.add_seat(journal, "Rights House", "Ana", "ana@house.example")
        now = casework.now()
        said = {
            "text": "ñ" * text_limits.PARAGRAPH,
            "of": ["person"],
            "until": now + timedelta(days=90),
        }
        number = mandates.show(journal, foro, person, **said, now=now)
        rows = journal.db.execute("SELECT case_id FROM desk LIMIT 99").fetchall()
        cases = [UUID(bytes=bytes(row[0])) for row in rows]
        for case in {UUID(self.case), *cases}:
            file = casework.read(journal, case)
            if file.public:
                with journal.transaction():
                    mandates.agree(journal, file, str(number), of="person", now=now)
        self.names["mandate"] = number
        return person

    def _propose(self):
        """A resolution with every member's answer and many contacts, a draft, faults of a log."""
        founded = self._founded
        text = self._folder / "text.toml"
        soon = date.today() + timedelta(days=30)  # noqa: DTZ011 - of the day
        text.write_text(TEXT.replace("2099-12-31", soon.isoformat()))
        words = ("--key", founded.key(0), "--data", founded.data)
        proposed = founded.make("proposed", "resolution", "propose", text, *words)
        founded.hand_in(proposed)
        for n in range(5):
            words = ("resolution", "answer", proposed, "yes", "--key", founded.key(n))
            founded.hand_in(founded.make(f"answer{n}", *words))
            words = ("resolution", "contact", proposed, "--key", founded.key(n), "--through",
                     "t" * 200, "--whom", "w" * 200)  # fmt: skip
            founded.hand_in(founded.make(f"contact{n}", *words))
        rules = self._folder / "rules.toml"
        rules.write_text(
            "[rules]\nwitness_kinds = 3\nadoption = { members = 4, kinds = 3, regions = 2 }\n"
        )
        words = ("--rules", rules, "--key", founded.key(0), "--data", founded.data)
        draft = founded.make("draft", "charter", "next", *words)
        founded.hand_in(draft)
        key, wish = self._folder / "new.key", self._folder / "new.toml"
        founded.make("new", "charter", "key", "new.example", key)
        wish.write_text(
            '[member]\nid = "new.example"\nname = "A new one"\nkind = "academic"\n'
            'region = "asia"\nroles = ["resolution"]\n'
        )
        words = ("member", "request", wish, "--key", key, "--charter", founded.first)
        founded.hand_in(founded.make("asks", *words))
        self.names |= {
            "resolution": self._first("/coalition/resolutions", "/coalition/resolution/"),
            "draft": self._first("/coalition", "/coalition/draft/"),
            "asked": self._first("/coalition", "/coalition/request/"),
            "member": self._first("/coalition", "/coalition/member/"),
        }
        self.names["seq"] = self._first(
            f"/coalition/resolution/{self.names['resolution']}", "/coalition/receipt/"
        )
        self._find_fault(open_node(founded.data))

    def _first(self, page, begins):
        """The end of the first link of a page that begins so."""
        found = self.served.http.get(page).text.split(f'href="{begins}')[1]
        return found.split('"')[0].partition("?")[0]

    def _find_fault(self, node):
        log = node.signer().verifier.vkey
        [watched] = of_policy(f"log {log} {self.served.url}/log\nquorum none\n")
        kept = MonitorState(node.monitor, [watched])
        faults = [
            Fault("rule", f"{n}", f"Entry {n} breaks a rule.", "w" * 200, b"p" * 100_000)
            for n in range(2 * MOST_IN_FEED)
        ]
        [*_, last] = kept.keep(watched, LogState(), faults, int(time.time()))
        self.names["evidence"] = last.evidence
        kept.close()

    def _report(self):
        """A report that is published, and answers of the desk that are kept."""
        told = given()
        manifest, made = report_files.draft(
            write.write(told), told, (), made_on="2027-02-01", log=""
        )
        self.names["report"] = report_versions.place(manifest)
        place = open_node(self.served.data).reports / self.names["report"]
        place.mkdir(parents=True)
        for name, body in made.items():
            (place / name).write_bytes(body)
        typed = {"year": str(YEAR), "section": "service", "service.provider": "F"}
        self.served.http.post("/desk/report", data=typed, headers=self.desk)


def provider():
    """A real OpenID provider that knows one person, and its address."""
    port = free_ports(1)
    program = str(Path(sys.executable).with_name("oidc-provider-mock"))
    person = '{"sub": "lena", "email": "lena@example.org", "email_verified": true}'
    process = subprocess.Popen(
        [program, "--port", str(port), "--user-claims", person],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while not _answers(f"{address}/.well-known/openid-configuration"):
        if time.monotonic() > deadline:
            raise SystemExit("The OpenID provider did not start.")
        time.sleep(0.1)
    return process, address


def _answers(url):
    try:
        return httpx2.get(url).is_success
    except httpx2.HTTPError:
        return False
