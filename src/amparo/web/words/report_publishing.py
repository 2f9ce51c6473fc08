"""Publishing a transparency report: signed by name, its files for good, its digest in the log."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from amparo.errors import Refused, Text
from amparo.ledger.log import versions
from amparo.report import files, forms
from amparo.report.parts import reports
from amparo.storage.node import Node
from amparo.web.words import report_versions
from amparo.web.words.decision import N_
from amparo.web.words.report_versions import ARCHIVE, Manifest

KIND = "report.published"


class Published(NamedTuple):
    """A version that everybody can fetch."""

    manifest: Manifest
    entry: int
    """Its index in the log."""
    is_new: bool


def publish(
    node: Node,
    manifest: Manifest,
    bodies: Mapping[str, bytes],
    *,
    by: str,
    on: str,
    now: datetime | None = None,
) -> Published:
    """Publish a draft; `Refused` with errors open, or where another one has its number.

    `now`: when it happens, where a demonstration plays what is to have been earlier.
    """
    signed, made = report_versions.signed(manifest, bodies, by=by, on=on)
    place = report_versions.place(signed)
    _check_follows(node, signed)
    is_new = versions.put(node.reports, place, made)
    if not is_new:
        known, _ = report_versions.read(node.reports / place)
        if known.unsigned() != signed.unsigned():
            raise Refused(
                N_("This version is published already, with other figures."),
                why=Text(
                    "version {version} was signed by {name}",
                    version=known.version,
                    name=known.signed_by or "–",
                ),
                fix=N_("A correction is a new version: write it again, with reasons."),
            )
        signed = known
    details = {
        "sha256": signed.digest(),
        "service": signed.service,
        "period": signed.period,
        "version": signed.version,
        "signed_by": signed.signed_by,
        "signed_on": signed.signed_on,
    }
    return Published(signed, versions.record(node, KIND, place, details, now=now), is_new)


def day_of(bodies: Mapping[str, bytes]) -> str:
    """The day of publication that part 1 of a version says."""
    found, _ = reports(files.sheets_of(ARCHIVE, bodies[ARCHIVE])[0])
    return found[0].value(1, Indicator=forms.PUBLISHED) if found else ""


def of_another(service: str) -> Refused:
    """Of a report under the name of a service that is not the platform's that was counted."""
    return Refused(
        N_("The report is not published: it bears the name of another platform's service."),
        why=Text(
            N_("reports on {service} are another platform's, and only it corrects them"),
            service=service,
        ),
        fix=N_("Name the service as the people who use it know it, and write the report again."),
    )


def _check_follows(node: Node, manifest: Manifest) -> None:
    """`Refused` for a correction of another version than the last one that is published."""
    last = report_versions.latest(node.reports, manifest.service, manifest.period)
    if last and last[0].platform and last[0].platform != manifest.platform:
        raise of_another(manifest.service)
    if last is not None and last[0].version >= manifest.version:
        return  # its number is taken: by itself, or by another
    if manifest.corrects != (last[0].digest() if last else ""):
        raise Refused(
            N_("This draft corrects another version than the one that is published."),
            why=Text("it corrects {digest}", digest=manifest.corrects or "–"),
            fix=N_("Write it again: it then lists what it changes."),
        )
