"""The interface described as OpenAPI 3.1, from the tables that the rules use; and as a page."""

# SPDX-License-Identifier: Apache-2.0

import functools
import re
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo import __version__
from amparo.case import text_limits
from amparo.connectors import content_page
from amparo.record import answer, rules
from amparo.record import vocabulary as words
from amparo.record.decision import DATES, MOST_ENTRIES, MOST_IN_BATCH, Submission
from amparo.web.api import beside_statement, came_from, cases, corrects
from amparo.web.words import call_fields, platform_guide
from amparo.web.words.call_fields import Field
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

_TEXTS = {
    "decision_visibility_other": rules.TEXT,
    "decision_monetary_other": rules.TEXT,
    "illegal_content_legal_ground": rules.TEXT,
    "illegal_content_explanation": rules.EXPLANATION,
    "incompatible_content_ground": rules.TEXT,
    "incompatible_content_explanation": rules.EXPLANATION,
    "category_specification_other": rules.TEXT,
    "content_type_other": rules.TEXT,
    "source_identity": rules.TEXT,
}
_VALUES: dict[str, Any] = {
    "decision_monetary": words.DECISION_MONETARY,
    "decision_provision": words.DECISION_PROVISION,
    "decision_account": words.DECISION_ACCOUNT,
    "account_type": words.ACCOUNT_TYPE,
    "content_language": sorted(words.LANGUAGES),
}
_REQUIRED_VALUES: dict[str, Any] = {
    "decision_ground": words.DECISION_GROUND,
    "category": words.CATEGORY,
    "source_type": words.SOURCE_TYPE,
    "automated_detection": words.YES_NO,
    "automated_decision": words.AUTOMATED_DECISION,
}
_LISTS: dict[str, Any] = {
    "decision_visibility": words.DECISION_VISIBILITY,
    "category_specification": words.KEYWORDS,
    "territorial_scope": sorted(words.EEA),
}
_OTHER = {
    "decision_visibility": "DECISION_VISIBILITY_OTHER",
    "decision_monetary": "DECISION_MONETARY_OTHER",
    "content_type": "CONTENT_TYPE_OTHER",
}
"""Attribute -> its value that needs a description beside it."""
_GROUNDS = {
    "DECISION_GROUND_ILLEGAL_CONTENT": "illegal_content",
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": "incompatible_content",
}
_USUAL = {
    "400": N_("The body is not what is asked for; message, why and fix say more"),
    "401": N_("No token, or none that is known"),
    "408": N_("The body did not arrive in time"),
    "413": N_("The body is too large"),
    "415": N_("The body is not sent as application/json"),
    "429": N_("Too much at once: send it again after Retry-After"),
    "503": N_("Busy or stopping: send it again after Retry-After"),
    "507": N_("Too little disk: submissions wait, reading goes on"),
}
"""Status -> what it says, wherever it comes."""
FIRST: Submission = {
    "puid": "your-own-number-1",
    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "Community rules, section 4: spam",
    "incompatible_content_explanation": "The same advertisement was posted forty times.",
    "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "content_date": "2026-11-02",
    "application_date": "2026-11-03",
    "decision_facts": "Three people reported it. A moderator read it.",
    "source_type": "SOURCE_ARTICLE_16",
    "automated_detection": "No",
    "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
}
"""A good statement, and as short as one can be, for whoever sends their first."""
REQUIRED = (
    "puid",
    *_REQUIRED_VALUES,
    "content_type",
    "content_date",
    "application_date",
    "decision_facts",
)


async def described(request: Request) -> Response:
    """GET /api/openapi.json: the interface's description."""
    body = description(request.app.state.serving.base_url(request))
    return Response(msgspec.json.encode(body), media_type="application/json")


async def shown(request: Request) -> Response:
    """GET /api: the interface as a page."""
    base = request.app.state.serving.base_url(request)
    api = description(base)
    return page(
        request,
        "api.html",
        api=api,
        calls=_calls(api),
        usual=_USUAL,
        steps=platform_guide.steps(),
        rules=rules.RULES,
        values=_values_of_statements(),
        base=base,
        refused=pretty(_refused(FIRST)),
        example=pretty(FIRST),
        programs=platform_guide.LANGUAGES.values(),
    )


def pretty(value: dict[str, Any]) -> str:
    """JSON as people write it: what a list of one text says stands on one line."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return re.sub(r'\[\n\s+("[^"\n]*")\n\s+\]', r"[\1]", text)


def _refused(made_up: Submission) -> dict[str, Any]:
    """What is answered to the example with one value that is none of the law's list."""
    return answer.refusal(rules.check(made_up | {"content_type": ["TEXT"]}, rules.Profile()))


class _Call(NamedTuple):
    """A call as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    query: list[dict[str, Any]]
    takes: list[Field]
    answers: dict[str, str]
    """Status -> what it says, without those that every call has."""


def _calls(api: dict[str, Any]) -> list[_Call]:
    components = api["components"]["schemas"]
    return [
        _Call(
            operation["operationId"],
            method.upper(),
            path,
            operation["summary"],
            operation.get("description", ""),
            [asked for asked in operation.get("parameters", ()) if asked["in"] == "query"],
            _taken(operation, components),
            {
                status: answer["description"]
                for status, answer in sorted(operation["responses"].items())
                if status not in _USUAL
            },
        )
        for path, operations in api["paths"].items()
        for method, operation in operations.items()
    ]


def _taken(operation: dict[str, Any], components: dict[str, Any]) -> list[Field]:
    """The fields of a call's body; none where it is a statement, which has its own table."""
    if "requestBody" not in operation:
        return []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if schema.get("$ref", "").endswith(call_fields.DESCRIBED_APART):
        return []
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    return call_fields.fields(schema, components)


@functools.cache
def _values_of_statements() -> dict[str, tuple[str, ...]]:
    """Attribute of a statement -> all that it can be, where no rule lists that by itself."""
    listed = "\n".join(rule.fix for rule in rules.RULES)
    return {
        field.name: field.values
        for field in call_fields.fields(statement_schema(), {})
        if field.values and not all(value in listed for value in field.values)
    }


def routes() -> list[Route]:
    """The description's addresses."""
    return [
        Route("/api", shown, methods=["GET"]),
        Route("/api/openapi.json", described, methods=["GET"]),
    ]


@functools.lru_cache(maxsize=8)  # the address comes from the request: anybody can make up more
def description(base_url: str) -> dict[str, Any]:
    """The OpenAPI document of a node."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Amparo: statements of reasons",
            "version": __version__,
            "description": "Takes and answers what the EU DSA Transparency Database's API does, so "
            "a client works here by changing its base URL. Beside the database's own fields an "
            "answer has index, receipt_url and recourse_url.",
        },
        "servers": [{"url": base_url}],
        "security": [{"token": []}],
        "paths": _paths() | _orders(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Statement": statement_schema(),
                **_bodies(),
                "Problem": {
                    "type": "object",
                    "required": ["message"],
                    "properties": {
                        "message": {"type": "string"},
                        "why": {"type": "string"},
                        "fix": {"type": "string"},
                        "errors": {"type": "object"},
                    },
                },
            },
        },
    }


def statement_schema() -> dict[str, Any]:
    """JSON Schema of a statement: what it takes, the rules take, those across attributes too.

    The rules take a little more, for the sake of clients of the EU database: texts with blanks
    around them, numbers in place of texts, addresses in other scripts, end dates before 2000.
    """
    nullable = {name: {"enum": [*values, None]} for name, values in _VALUES.items()}
    properties: dict[str, Any] = {
        "puid": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,500}$"},
        **{name: {"enum": list(values)} for name, values in _REQUIRED_VALUES.items()},
        **nullable,
        **{name: _list(values, null=True) for name, values in _LISTS.items()},
        "category_addition": _list(words.CATEGORY),
        "content_type": _list(words.CONTENT_TYPE) | {"minItems": 1},
        **{name: _text(most, null=True) for name, most in _TEXTS.items()},
        "decision_facts": _text(rules.FACTS) | _NOT_BLANK,
        **{name: _day(_FROM_2000, null=True) for name in DATES},
        "content_date": _day(_FROM_2000),
        "application_date": _day(_FROM_2020),
        "decision_ground_reference_url": _text(rules.TEXT, null=True)
        | {"format": "uri", "pattern": _ADDRESS},
        "incompatible_content_illegal": {"enum": list(words.YES_NO)},
        "content_id": {"type": ["object", "null"], "properties": {"EAN-13": _EAN}},
        "content_id_ean": _EAN | {"type": ["string", "null"]},
        came_from.FIELD: {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "Of Amparo alone: the number of the report that the decision came from",
        },
        corrects.FIELD: {
            "type": ["string", "null"],
            "description": "Of Amparo alone: uuid or PUID of the statement whose place it takes",
        },
        beside_statement.PERSON: {
            "description": "Of Amparo alone: how the person is told; never kept with the statement",
            "anyOf": [
                {"type": "null"},
                _object({"email": _EMAIL, "language": _text(text_limits.LINE)}, required="email"),
                _object({"informed": {"const": True}}, required="informed"),
            ],
        },
        beside_statement.DECIDED_BY: {
            "description": "Of Amparo alone: who decided, so that they never review it",
            "type": ["array", "null"],
            "items": _text(text_limits.LINE),
            "maxItems": text_limits.MOST_NAMES,
        },
        beside_statement.PAGE: {
            "description": "Of Amparo alone: where everybody could read the content, without "
            "signing in; never kept with the statement",
            "type": ["string", "null"],
            "pattern": _PAGE,
            "maxLength": content_page.MOST_LETTERS,
        },
    }
    return {
        "type": "object",
        "required": list(REQUIRED),
        "properties": properties,
        "maxProperties": MOST_ENTRIES,
        "allOf": [
            {"anyOf": _some_restriction()},
            {"anyOf": [_on_ground(*ground) for ground in _GROUNDS.items()]},
            *({"anyOf": _described(name, properties[name])} for name in _OTHER),
        ],
    }


_EMAIL = {
    "type": "string",
    "maxLength": 64,
    "pattern": r"^[A-Za-z0-9]{1,20}([._+-][A-Za-z0-9]{1,9})?@[A-Za-z0-9]{1,20}\.[A-Za-z]{2,6}$",
}
"""The plainest addresses; more are taken."""


def _object(properties: dict[str, Any], *, required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [required],
        "additionalProperties": False,
    }


def _some_restriction() -> list[dict[str, Any]]:
    """At least one of the four kinds of restriction."""
    listed = {"type": "array", "minItems": 1}
    kinds = {"decision_visibility": listed} | {
        name: {"type": "string"}
        for name in ("decision_monetary", "decision_provision", "decision_account")
    }
    return [{"required": [name], "properties": {name: kind}} for name, kind in kinds.items()]


def _on_ground(ground: str, texts: str) -> dict[str, Any]:
    """A ground, with the texts that it needs."""
    name = "legal_ground" if texts == "illegal_content" else "ground"
    needed = [f"{texts}_{name}", f"{texts}_explanation"]
    return {
        "required": needed,
        "properties": {
            "decision_ground": {"const": ground},
            **dict.fromkeys(needed, _NOT_BLANK_TEXT),
        },
    }


def _described(name: str, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Either every value of an attribute is one of the named ones, or a description is there."""
    values = schema.get("items", schema)
    named = {"enum": [value for value in values["enum"] if value != _OTHER[name]]}
    described = f"{name}_other"
    return [
        {"properties": {name: {"items": named} if "items" in schema else named}},
        {"required": [described], "properties": {described: _NOT_BLANK_TEXT}},
    ]


# Patterns that JavaScript, Rust and Python read alike.
_NOT_BLANK = {"pattern": r"[^\s\x1c-\x1f\x85]"}
_NOT_BLANK_TEXT = {"type": "string", **_NOT_BLANK}
_EAN = {"type": "string", "pattern": "^[0-9]{13}$"}
_ADDRESS = (
    r"^[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._-]+(:[0-9]{1,5})?"
    r"([/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]*)?$"
)
_PAGE = r"^https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*$"
_FROM_2000 = ("20([0-2][0-9]|3[0-7])", "20([02][048]|[13][26])")
_FROM_2020 = ("20(2[0-9]|3[0-7])", "20(2[048]|3[26])")
"""Years up to 2037, and those of them with a 29 February."""


def _day(years: tuple[str, str], *, null: bool = False) -> dict[str, Any]:
    """A day that exists, in these years or on the last day."""
    every, leap = years
    months = (
        "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
        "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    )
    return {
        "type": ["string", "null"] if null else "string",
        "format": "date",
        "pattern": f"^({every}-{months}|{leap}-02-29|{rules.LAST_DATE})$",
    }


def _list(values: Any, *, null: bool = False) -> dict[str, Any]:
    kind = ["array", "null"] if null else "array"
    return {"type": kind, "items": {"enum": list(values)}, "maxItems": MOST_ENTRIES}


def _text(most: int, *, null: bool = False) -> dict[str, Any]:
    return {"type": ["string", "null"] if null else "string", "maxLength": most}


def _paths() -> dict[str, Any]:
    statement = {"$ref": "#/components/schemas/Statement"}
    many = {
        "type": "object",
        "required": ["statements"],
        "properties": {
            "statements": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_IN_BATCH,
                "items": statement,
            }
        },
    }
    wait = {
        "name": "wait",
        "in": "query",
        "required": False,
        "description": N_("receipt: answer only when the receipt is public (about a second)"),
        "schema": {"enum": ["receipt"]},
    }
    dry_run = {
        "name": "dry_run",
        "in": "query",
        "required": False,
        "description": N_(
            "1: ask every rule, and put nothing on the record; a test token does so too"
        ),
        "schema": {"enum": ["1", "0"]},
    }
    refused = {
        **{status: _answer(text, problem=True) for status, text in _USUAL.items()},
        "422": _answer(N_("A rule is broken or the PUID is known; errors names each attribute")),
    }
    return {
        "/api/v1/statement": {
            "post": {
                "operationId": "create_statement",
                "summary": N_("Store one statement of reasons"),
                "description": N_(
                    "Answered only when it is durable. A PUID that is known changes "
                    "nothing and is answered with 422, `existing`, and the uuid of the first one."
                ),
                "parameters": [wait, dry_run],
                "requestBody": _body(statement),
                "responses": {
                    "201": _answer(N_("Stored: the statement, its uuid and index")),
                    **refused,
                },
            }
        },
        "/api/v1/statements": {
            "post": {
                "operationId": "create_statements",
                "summary": N_("Store 1 to 100 statements, all or none"),
                "parameters": [wait, dry_run],
                "requestBody": _body(many),
                "responses": {"201": _answer(N_("Stored, in the order sent")), **refused},
            }
        },
        "/api/v1/statement/{uuid}": {
            "get": {
                "operationId": "read_statement",
                "summary": N_("Read one statement back"),
                "parameters": [_in_path("uuid")],
                "responses": {
                    "200": _answer(N_("The statement, without its PUID")),
                    "401": refused["401"],
                    "404": _answer(N_("No statement has that uuid"), problem=True),
                },
            }
        },
        "/api/ping": {
            "get": {
                "operationId": "ping",
                "summary": N_("Whether the token is good, and the interface answers"),
                "responses": {
                    "200": _answer(N_("It is, and it does")),
                    "401": refused["401"],
                },
            }
        },
        "/api/v1/statement/{uuid}/receipt": {
            "get": {
                "operationId": "read_receipt",
                "summary": N_("The receipt, with the PUID for its own platform"),
                "parameters": [_in_path("uuid")],
                "responses": {
                    "200": {
                        "description": N_("A C2SP tlog-proof"),
                        "content": {"text/plain": {"schema": {"type": "string"}}},
                    },
                    "401": refused["401"],
                    "404": _answer(N_("No statement has that uuid"), problem=True),
                    "503": _answer(
                        N_("Not public yet: send it again after Retry-After"), problem=True
                    ),
                },
            }
        },
        "/api/v1/statement/existing-puid/{puid}": {
            "get": {
                "operationId": "existing_puid",
                "summary": N_("Whether the own platform used a PUID"),
                "parameters": [_in_path("puid")],
                "responses": {
                    "302": _answer(N_("It did (there is no Location header)")),
                    "401": refused["401"],
                    "404": _answer(N_("It did not")),
                },
            }
        },
    }


def _orders() -> dict[str, Any]:
    """What a platform does with its cases."""
    found: dict[str, Any] = {}
    for path, (method, name, summary, takes) in cases.DESCRIBED.items():
        described: dict[str, Any] = {
            "operationId": name,
            "summary": summary,
            "parameters": [_in_path("uuid")] if "{uuid}" in path else [],
            "responses": {
                "200": _answer(N_("Where the case stands, or what waits")),
                "401": _answer(_USUAL["401"], problem=True),
            },
        }
        if "{uuid}" in path:
            described["responses"]["404"] = _answer(
                N_("No case of yours has that uuid"), problem=True
            )
        if takes is not None:
            described["requestBody"] = _body({"$ref": _COMPONENT.format(name=takes.__name__)})
            described["responses"] |= {
                "202": _answer(N_("Taken; the mail is on its way")),
                "409": _answer(N_("Not possible as the case stands"), problem=True),
                **{
                    status: _answer(_USUAL[status], problem=True)
                    for status in ("400", "413", "429", "503")
                },
            }
        found[path] = {method: described}
    return found


_COMPONENT = "#/components/schemas/{name}"


def _bodies() -> dict[str, Any]:
    """Name -> schema of everything that a platform sends about its cases."""
    types = [takes for *_, takes in cases.DESCRIBED.values() if takes is not None]
    _, components = msgspec.json.schema_components(types, ref_template=_COMPONENT)
    return components


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(text: str, *, problem: bool = False) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"} if problem else {"type": "object"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
