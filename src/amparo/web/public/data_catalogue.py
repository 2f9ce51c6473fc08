"""The observatory as data portals harvest it: DCAT-AP 3 as JSON-LD, and a Frictionless package.

Sources: DCAT-AP 3.0.0 (SEMIC), W3C DCAT 3; Data Package 2.0 (datapackage.org).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any

from amparo.errors import Text
from amparo.observatory.coverage import WORDS, Span
from amparo.observatory.measures import OWN_SOURCE, SOURCE, Measure
from amparo.web.words.decision import N_
from amparo.web.words.i18n import languages, localise

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
ORIGIN = "https://doi.org/10.2906/134353607485211"
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_FORMS = {
    "csv": ("text/csv", "CSV"),
    "parquet": ("application/vnd.apache.parquet", "PARQUET"),
    "json": ("application/json", "JSON"),
}
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "prov": "http://www.w3.org/ns/prov#",
}
FIELDS: Mapping[str, str] = {
    "date": "The day.",
    "platform": "The platform; * is all together.",
    "known": "Whether the day is known: yes, in part, or no.",
}
"""Columns of a figure's CSV beside the figure itself."""
TITLE = N_("Amparo: what platforms decide")


def dcat(
    base: str, measures: Sequence[Measure], span: Span, *, operator: str = ""
) -> dict[str, Any]:
    """The catalogue: one dataset a measure, with the files it can be taken away as.

    `operator`: who runs the node; empty where it does not say.
    """
    publisher = {
        "@id": f"{base}/about",
        "@type": "foaf:Agent",
        "foaf:name": operator or f"The operator of {base}",
    }
    return {
        "@context": _CONTEXT,
        "@id": f"{base}/observatory",
        "@type": "dcat:Catalog",
        "dct:title": _text(TITLE),
        "dct:description": _text(N_("Counts of the decisions that platforms state, day by day.")),
        "dct:publisher": publisher,
        "dct:license": {"@id": LICENCE},
        "foaf:homepage": {"@id": f"{base}/observatory"},
        "dcat:dataset": [_dataset(base, measure, span, publisher["@id"]) for measure in measures],
    }


def datapackage(base: str, measures: Sequence[Measure], span: Span) -> dict[str, Any]:
    """The package: one table a measure, of all platforms together."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "amparo-observatory",
        "title": TITLE,
        "homepage": f"{base}/observatory",
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE, "title": "CC BY 4.0"}],
        "sources": [{"title": SOURCE, "path": ORIGIN}],
        "version": str(span.last),
        "resources": [_resource(base, measure) for measure in measures],
    }


def _dataset(base: str, measure: Measure, span: Span, publisher: str) -> dict[str, Any]:
    page = f"{base}/observatory/measure/{measure.name}"
    return {
        "@id": page,
        "@type": "dcat:Dataset",
        "dct:identifier": measure.name,
        "dct:title": _text(measure.title),
        "dct:description": _text(measure.sentence),
        "dct:publisher": {"@id": publisher},
        "dcat:landingPage": {"@id": page},
        "dcat:theme": {"@id": f"{_AUTHORITY}/data-theme/JUST"},
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/DAILY"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(span.first),
            "dcat:endDate": _day(span.last),
        },
        **({} if measure.is_of_the_record else {"prov:wasDerivedFrom": {"@id": ORIGIN}}),
        "dcat:distribution": [
            {
                "@id": _file(base, measure, form),
                "@type": "dcat:Distribution",
                "dct:title": _text(Text("{title} ({form})", title=Text(measure.title), form=name)),
                "dcat:accessURL": {"@id": _file(base, measure, form)},
                "dcat:downloadURL": {"@id": _file(base, measure, form)},
                "dcat:mediaType": {
                    "@id": f"https://www.iana.org/assignments/media-types/{media_type}"
                },
                "dct:format": {"@id": f"{_AUTHORITY}/file-type/{name}"},
                "dct:license": {"@id": LICENCE},
            }
            for form, (media_type, name) in _FORMS.items()
        ],
    }


def _resource(base: str, measure: Measure) -> dict[str, Any]:
    figure = "integer" if measure.unit == "statements" else "number"
    return {
        "name": measure.name.replace("_", "-"),
        "title": measure.title,
        "description": str(measure.sentence),
        "path": _file(base, measure, "csv"),
        **({"sources": [_own_source(base)]} if measure.is_of_the_record else {}),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [
                {"name": "date", "type": "date", "description": FIELDS["date"]},
                {"name": "platform", "type": "string", "description": FIELDS["platform"]},
                {"name": measure.name, "type": figure, "description": str(measure.sentence)},
                {
                    "name": "known",
                    "type": "string",
                    "description": FIELDS["known"],
                    "constraints": {"enum": [*WORDS]},
                },
            ],
            "primaryKey": ["date", "platform"],
            "missingValues": [""],
        },
    }


def _own_source(base: str) -> dict[str, str]:
    return {"title": str(OWN_SOURCE), "path": base}


def _file(base: str, measure: Measure, form: str) -> str:
    return f"{base}/observatory/data/{measure.name}.{form}"


def _text(value: str | Text) -> list[dict[str, str]]:
    """The text in every language, each with its tag."""
    return [{"@value": localise(value, code), "@language": code} for code in languages()]


def _day(day: object) -> dict[str, str]:
    return {"@value": str(day), "@type": "xsd:date"}
