"""Findings in the languages of the house: on the page, at a terminal, for programs."""

import json
import re

import msgspec
import pytest
from tests.conftest import run
from tests.report.conftest import as_files, given

from amparo import carried
from amparo.errors import Text
from amparo.report import write
from amparo.report.table import Finding
from amparo.web.words.i18n import languages, localise

OTHERS = [code for code in languages() if code != "en"]


@pytest.fixture
def faulty(tmp_path):
    """A folder of a report with faults of many kinds."""
    made = as_files(write.write(given()))
    made["1_report_identification.csv"] = made["1_report_identification.csv"].replace(
        b"2027-02-20", b"20/4/2027"
    )
    made["5_own_initiative_illegal.csv"] = made["5_own_initiative_illegal.csv"].replace(
        b"KEYWORD_HATE_SPEECH", b"KEYWORD_OURS"
    )
    made["7_appeals_and_recidivism.csv"] = made["7_appeals_and_recidivism.csv"].replace(
        b",Foro,", b",,"
    )
    made["x.pdf"] = b"%PDF-1.7"
    del made["8_automated_means.csv"]
    folder = tmp_path / "foro"
    folder.mkdir()
    for name, body in made.items():
        (folder / name).write_bytes(body)
    return folder


def judged(folder, *words):
    done = run("report", "lint", folder, "--tier", "online_platform", "--json", *words, check=False)
    return json.loads(done.stdout)


@pytest.mark.parametrize("language", OTHERS)
def test_each_finding_says_what_belongs_there_and_how_to_mend_it_in_words_of_the_language(
    faulty, language
):
    english, told = judged(faulty), judged(faulty, "--lang", language)

    assert len(english) > 6
    for ours, theirs in zip(english, told, strict=True):
        assert (ours["rule"], ours["file"], ours["rows"]) == (
            theirs["rule"],
            theirs["file"],
            theirs["rows"],
        )
        assert ours["fix"] != theirs["fix"]


def test_what_stands_in_a_cell_is_never_translated(faulty):
    late = next(one for one in judged(faulty, "--lang", "es") if one["got"] == "20/4/2027")

    assert late["expected"] == "2027-04-20"
    assert late["fix"] == "Escríbalo como 2027-04-20."


def test_a_terminal_is_told_everything_in_the_language_the_paragraph_too(faulty):
    out = run("report", "lint", faulty, "--lang", "es", check=False).stdout

    assert "hay: " in out
    assert "arreglo: " in out
    assert "según: Anexo II, parte I, punto 4 (la letra del texto)" in out
    assert not re.search(r"\b(the|got|expected|fix|lines)\b", out)


def test_a_text_comes_out_of_a_worker_as_it_went_in():
    inner = Text("labels in {language}, {parts} parts", language=Text("French"), parts=3)
    got = Text("no row of {states}", states=("AT", "BE"))
    finding = Finding("V-HDR", "info", "a.csv", 1, "", got, inner, Text("Send fewer."))
    encoded = msgspec.msgpack.encode(finding, enc_hook=carried.plain)

    read = msgspec.msgpack.decode(encoded, type=Finding, dec_hook=carried.read)

    assert read == finding
    assert localise(read.expected, "es") == "etiquetas en francés, 3 partes"
