"""A draft touches nothing; what is published is signed by name, and stays as it is for good."""

import hashlib
import json
import zipfile
from datetime import UTC, datetime

import pytest
from tests.conftest import run
from tests.report.conftest import filled_in

from amparo.errors import Malformed, Refused
from amparo.ledger.log import platforms, receipts
from amparo.ledger.log.publish import Publisher
from amparo.record.rules import Profile
from amparo.tlog import policy
from amparo.web.words import report_publishing, report_versions

YEAR = datetime.now(UTC).year - 1
ANA = "Ana Pérez, compliance officer"
ON = f"{YEAR + 1}-01-20"


@pytest.fixture
def foro(node, keep, tmp_path):
    """A node with a platform and its answers for last year."""
    keep(2, application_date=f"{YEAR}-03-01", content_date=f"{YEAR}-02-01")
    answer(tmp_path)
    return node


def answer(folder, **gap):
    text = filled_in("foro", "Foro", published=ON, previous=f"{YEAR}-02-01", **gap)
    (folder / "answers.toml").write_text(text)


def draft(node, folder, name, *words, check=True):
    given = ("--answers", folder / "answers.toml", "--output", folder / name)
    return run(
        "report", "write", "--year", YEAR, *given, "--data", node.folder, *words, check=check
    )


def publish(node, path, by=ANA, *, check=True):
    return run("report", "publish", path, "--signed-by", by, "--data", node.folder, check=check)


def signed(node, path, **changes):
    manifest, bodies = report_versions.read(path)
    return report_publishing.publish(
        node, manifest, bodies, **({"by": ANA, "on": ON} | changes)
    ).manifest


def test_a_draft_touches_nothing_but_its_folder(foro, journal, tmp_path):
    before = journal.size()
    done = draft(foro, tmp_path, "v1")

    assert "a draft" in done.stdout
    assert journal.size() == before
    assert not foro.reports.exists()


def test_a_draft_with_errors_is_written_and_cannot_be_published(foro, journal, tmp_path):
    answer(tmp_path, gap="complaints =")
    done = draft(foro, tmp_path, "v1", check=False)
    before = journal.size()
    refused = publish(foro, tmp_path / "v1", check=False)

    assert done.returncode == 1
    assert "1 errors are open" in done.stderr
    assert refused.returncode == 1
    assert "Q1 7_appeals_and_recidivism.csv, Number of complaints submitted" in refused.stderr
    assert "the complaints of other tools" in refused.stderr
    assert (journal.size(), foro.reports.exists()) == (before, False)


def test_what_is_published_is_signed_by_name_and_its_digest_is_in_the_log(foro, journal, tmp_path):
    draft(foro, tmp_path, "v1")
    done = publish(foro, tmp_path / "v1")

    place = foro.reports / "foro" / f"{YEAR}-01-01_{YEAR}-12-31" / "1"
    body = (place / "manifest.json").read_bytes()
    manifest = json.loads(body)
    assert (manifest["signed_by"], manifest["version"]) == (ANA, 1)
    with zipfile.ZipFile(place / "report.zip") as archive:
        assert archive.read("manifest.json") == body
        made = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    for name in ("report.xlsx", "report.html"):
        made[name] = hashlib.sha256((place / name).read_bytes()).hexdigest()
    assert manifest["files"] == {name: d for name, d in made.items() if name != "manifest.json"}

    Publisher(foro, journal).beat()
    seq = int(done.stdout.split("entry ")[1].split()[0])
    opened = receipts.verify(
        receipts.receipt(foro, journal.event(seq), reader="anyone"),
        policy.of_log(foro.signer().verifier.vkey),
    )
    assert opened.sealed["sha256"] == hashlib.sha256(body).hexdigest()
    assert opened.sealed["signed_by"] == ANA


def test_publishing_the_same_version_again_changes_nothing(foro, journal, tmp_path):
    draft(foro, tmp_path, "v1")
    first = publish(foro, tmp_path / "v1")
    before = {path: path.read_bytes() for path in foro.reports.rglob("*") if path.is_file()}
    size = journal.size()
    again = publish(foro, tmp_path / "v1", "Luis Gil, counsel")

    assert "Published before" in again.stdout
    assert f"signed by {ANA}" in again.stdout
    assert again.stdout.split("entry ")[1] == first.stdout.split("entry ")[1]
    assert journal.size() == size
    assert {p: p.read_bytes() for p in foro.reports.rglob("*") if p.is_file()} == before


def test_of_two_drafts_with_one_number_only_the_first_is_published(foro, keep, tmp_path):
    draft(foro, tmp_path, "v1")
    keep(1, application_date=f"{YEAR}-04-01", content_date=f"{YEAR}-02-01")
    draft(foro, tmp_path, "other")
    signed(foro, tmp_path / "v1")

    with pytest.raises(Refused, match="published already, with other figures"):
        signed(foro, tmp_path / "other")


def test_a_correction_is_a_new_version_that_says_why_and_what_it_changes(foro, keep, tmp_path):
    draft(foro, tmp_path, "v1")
    first = signed(foro, tmp_path / "v1")
    keep(2, application_date=f"{YEAR}-04-01", content_date=f"{YEAR}-03-01")
    silent = draft(foro, tmp_path, "v2", check=False)
    assert "version 1 is published, and no reasons are given" in silent.stderr

    draft(foro, tmp_path, "v2", "--reasons", "Two decisions came late.")
    second = signed(foro, tmp_path / "v2")

    assert (first.version, second.version) == (1, 2)
    assert second.corrects == first.digest()
    assert second.reasons == "Two decisions came late."
    assert any(change.endswith("2 -> 4") for change in second.changes)


def test_a_correction_of_a_version_that_was_corrected_meanwhile_is_refused(foro, keep, tmp_path):
    draft(foro, tmp_path, "v1")
    signed(foro, tmp_path / "v1")
    draft(foro, tmp_path, "v2", "--reasons", "x")
    manifest, bodies = report_versions.read(tmp_path / "v2")

    third = report_versions.Manifest(**{**_fields(manifest), "version": 3, "corrects": "0" * 64})
    with pytest.raises(Refused, match="corrects another version"):
        report_publishing.publish(foro, third, bodies, by=ANA, on=ON)


def test_no_other_platform_corrects_a_report(foro, journal, tmp_path):
    """A node serves several: to type another one's service is enough to name its report."""
    draft(foro, tmp_path, "v1")
    signed(foro, tmp_path / "v1")
    platforms.add(journal, "Bazar", Profile())
    text = filled_in("bazar", "Foro", published=ON, previous=f"{YEAR}-02-01")
    (tmp_path / "answers.toml").write_text(text)

    draft(foro, tmp_path, "other", "--reasons", "Better figures.")
    refused = publish(foro, tmp_path / "other", check=False)

    assert "it bears the name of another platform's service" in refused.stderr
    assert len(report_versions.every(foro.reports)) == 1


def _fields(manifest):
    return {name: getattr(manifest, name) for name in manifest.__struct_fields__}


@pytest.mark.parametrize("name", ["report.xlsx", "report.html", "report.zip"])
def test_a_draft_that_was_touched_afterwards_is_refused(foro, tmp_path, name):
    draft(foro, tmp_path, "v1")
    path = tmp_path / "v1" / name
    if name == "report.zip":
        with zipfile.ZipFile(path) as archive:
            bodies = {inside: archive.read(inside) for inside in archive.namelist()}
        bodies["7_appeals_and_recidivism.csv"] += b"\r\n"
        with zipfile.ZipFile(path, "w") as archive:
            for inside, body in bodies.items():
                archive.writestr(inside, body)
    else:
        path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(Refused, match="not as it was written"):
        signed(foro, tmp_path / "v1")
    assert not foro.reports.exists()


@pytest.mark.parametrize(
    "by", ["", "Ana Pérez", ", officer", "Ana,", "Ana\n, x", "A, " + "b" * 300]
)
def test_nobody_signs_without_a_name_and_a_role(foro, tmp_path, by):
    draft(foro, tmp_path, "v1")

    with pytest.raises(Malformed, match="signed by name"):
        signed(foro, tmp_path / "v1", by=by)


def test_nobody_signs_before_the_period_is_over(foro, tmp_path):
    draft(foro, tmp_path, "v1")

    with pytest.raises(Refused, match="period is not over"):
        signed(foro, tmp_path / "v1", on=f"{YEAR}-12-31")


def test_a_version_whose_entry_is_missing_gets_it_when_it_is_published_again(
    foro, journal, tmp_path
):
    """The node stopped between the two."""
    draft(foro, tmp_path, "v1")
    first = signed(foro, tmp_path / "v1")
    with journal.transaction():
        journal.db.execute("DELETE FROM setting WHERE name LIKE 'report.published.%'")
    size = journal.size()
    again = signed(foro, tmp_path / "v1", on=f"{YEAR + 1}-02-01")

    assert again == first
    assert journal.size() == size + 1


def test_what_is_no_draft_is_refused_in_words(foro, tmp_path):
    (tmp_path / "empty").mkdir()

    assert (
        "That is no version of a report." in publish(foro, tmp_path / "empty", check=False).stderr
    )
