"""An API fuzzer against a live node: whatever it thinks of, no 5xx and no undocumented answer."""

import schemathesis
import schemathesis.specs.openapi.schemas  # else within a browser's greenlet, where Python 3.11 miscounts
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.web.test_described import with_one_choice

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CASES = 60


def test_whatever_a_fuzzer_sends_is_answered_as_described(served, platform):
    described = served.http.get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(with_one_choice(described, 0))
    tried = []

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=CASES,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def attempt(case):
            tried.append(case.operation.label)
            response = case.call(served.url, headers=platform, allow_redirects=False)
            case.validate_response(response, checks=CHECKS)

        attempt()

    assert set(tried) == {
        f"{method.upper()} {path}"
        for path, calls in described["paths"].items()
        for method in calls
        if method in ("get", "post", "put", "patch", "delete")
    }
