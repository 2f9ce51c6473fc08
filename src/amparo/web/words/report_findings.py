"""What is wrong with a transparency report, in words: for a terminal, and for programs."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from amparo.errors import Text
from amparo.report.lint import CATALOGUE, CERTAINTIES
from amparo.report.table import Finding
from amparo.web.words.decision import N_
from amparo.web.words.i18n import localise

SEVERITIES = {"error": N_("error"), "warning": N_("warning"), "info": N_("note")}
NO_FINDING = Text("No finding.")
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
"""Severity -> as SARIF calls it."""


def as_lines(finding: Finding, language: str) -> str:
    """A finding for a terminal: where it is, what stands there, what belongs there, and by what."""
    place = f"{finding.file}:{finding.row}" if finding.row else finding.file
    column = f", {finding.column}" if finding.column else ""
    rule = CATALOGUE[finding.rule]
    by = Text(
        "by: {source} ({certainty})",
        source=Text(rule.source),
        certainty=Text(CERTAINTIES[rule.certainty]),
    )
    texts = (
        *((Text("lines: {lines}", lines=finding.rows),) if finding.rows else ()),
        Text("got: {words}", words=finding.got),
        Text("expected: {words}", words=finding.expected),
        Text("fix: {words}", words=finding.fix),
        by,
    )
    severity = localise(SEVERITIES[finding.severity], language)
    lines = [f"{severity} {finding.rule} {place}{column}"]
    return "\n  ".join([*lines, *(localise(text, language) for text in texts)])


def as_json(finding: Finding, language: str) -> dict[str, Any]:
    """A finding for a program: every field by its name, the paragraph and the certainty of it."""
    rule = CATALOGUE[finding.rule]
    texts = {
        name: localise(getattr(finding, name), language) for name in ("got", "expected", "fix")
    }
    return {**finding._asdict(), **texts, "source": rule.source, "certainty": rule.certainty}


def as_sarif(findings: Sequence[Finding], language: str) -> dict[str, Any]:
    """Findings as SARIF 2.1.0, which code hosts show beside the lines."""
    rules = sorted({finding.rule for finding in findings})
    driver = {"name": "amparo report lint", "rules": [_rule(name, language) for name in rules]}
    results = [_result(finding, language) for finding in findings]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _rule(name: str, language: str) -> dict[str, Any]:
    rule = CATALOGUE[name]
    return {
        "id": name,
        "shortDescription": {"text": localise(rule.asks, language)},
        "properties": {"source": rule.source, "certainty": rule.certainty},
    }


def _result(finding: Finding, language: str) -> dict[str, Any]:
    message = Text(
        "{column}: got {got}; expected {expected}. {fix}",
        column=finding.column,
        got=finding.got,
        expected=finding.expected,
        fix=finding.fix,
    )
    lines = Text("Lines {lines}.", lines=finding.rows)
    texts = [localise(message, language)] + ([localise(lines, language)] if finding.rows else [])
    place = {
        "artifactLocation": {"uri": quote(finding.file)},
        "region": {"startLine": max(1, finding.row)},
    }
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": " ".join(texts)},
        "locations": [{"physicalLocation": place}],
    }
