"""Traces by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector and the extra `otel` is installed.

A span says which route was asked for by which method, which statement was run, how long it took and how it ended.
Paths, queries, addresses, headers and parameters of statements stay here: only the attributes of KEPT leave.
Other variables of OpenTelemetry (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, …) count as it says.
"""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from shoppartners import masking

KEPT = {
    "http.method",
    "http.request.method",
    "http.route",
    "http.status_code",
    "http.response.status_code",
    "db.system",
    "db.system.name",
    "db.statement",
    "db.query.text",
    "db.operation.name",
    "error.type",
    "exception.type",
}
MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the extra `otel` is not installed:"
    " install what requirements/production.txt names, or remove the variable."
)


def begin():
    """Begin to send traces, where the environment says to whom: once in each process, before the handler is made.

    Raise ImproperlyConfigured where the extra is missing.
    """
    if not settings.TRACES_TO:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ImproperlyConfigured(MISSING) from None
    os.environ.setdefault("OTEL_SERVICE_NAME", "shoppartners")
    instrument(lambda exporter: BatchSpanProcessor(exporter), OTLPSpanExporter())


def instrument(processor_of, exporter):
    """Have Django and psycopg make spans, which go to the exporter as `scrubbed`. Return the provider of traces.

    What strangers send of traces (traceparent, tracestate, baggage) is not taken up: each request begins its own.
    """
    from opentelemetry import propagate
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
    from opentelemetry.sdk.trace import TracerProvider

    propagate.set_global_textmap(_of_strangers())
    provider = TracerProvider()
    provider.add_span_processor(processor_of(_scrubbing(exporter)))
    within = settings.MIDDLEWARE.index("shoppartners.http_limits.HttpLimitsMiddleware") + 1  # which refuses bad hosts
    DjangoInstrumentor().instrument(tracer_provider=provider, middleware_position=within)
    PsycopgInstrumentor().instrument(tracer_provider=provider, capture_parameters=False, enable_commenter=False)
    return provider


def _of_strangers():
    """Return a propagator that takes nothing up and passes nothing on."""
    from opentelemetry.context import Context
    from opentelemetry.propagators.textmap import TextMapPropagator

    class Nothing(TextMapPropagator):
        fields = frozenset()

        def extract(self, carrier, context=None, getter=None):
            return Context() if context is None else context

        def inject(self, carrier, context=None, setter=None):
            pass

    return Nothing()


def _scrubbing(exporter):
    """Return an exporter that passes on scrubbed spans."""
    from opentelemetry.sdk.trace.export import SpanExporter

    class Scrubbing(SpanExporter):
        def export(self, spans):
            return exporter.export([scrubbed(span) for span in spans])

        def shutdown(self):
            exporter.shutdown()

        def force_flush(self, timeout_millis=30_000):
            return exporter.force_flush(timeout_millis)

    return Scrubbing()


def scrubbed(span):
    """Return the span as it may leave: without what was requested or typed, and without messages of errors."""
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Status

    events = [Event(event.name, _kept(event.attributes), event.timestamp) for event in span.events]
    return ReadableSpan(
        name=_name(span),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_kept(span.attributes),
        events=events,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kept(attributes):
    found = {name: value for name, value in (attributes or {}).items() if name in KEPT}
    return {name: masking.masked(value) if isinstance(value, str) else value for name, value in found.items()}


def _name(span):
    """Return "GET partners/<slug>/" or "SELECT": what the code says, never what a reader asked for."""
    attributes = span.attributes or {}
    if method := attributes.get("http.request.method") or attributes.get("http.method"):
        return f"{method} {attributes.get('http.route', '')}".rstrip()
    return span.name.split(" ")[0]
