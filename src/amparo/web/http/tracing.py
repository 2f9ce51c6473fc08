"""Spans for OpenTelemetry, where a collector is configured; needs the extra `otel`."""

# SPDX-License-Identifier: Apache-2.0

import os

from amparo.errors import Missing
from amparo.web.http.telemetry import Span


def spans() -> Span | None:
    """What makes spans; None unless OTEL_EXPORTER_OTLP_ENDPOINT is set.

    Everything else is set by OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_HEADERS, say).
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    try:
        from opentelemetry import trace  # noqa: PLC0415 - an extra, not always there
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise Missing(
            "OpenTelemetry is asked for and not installed.",
            why=f"OTEL_EXPORTER_OTLP_ENDPOINT is set; {error}",
            fix="Install it with `pip install 'amparo[otel]'`, or unset the variable.",
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "amparo"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("amparo")
    return lambda name: tracer.start_as_current_span(name, kind=trace.SpanKind.SERVER)
