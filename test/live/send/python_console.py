"""Prints a trace with OpenTelemetry's Python SDK, as its ConsoleSpanExporter does for an instrumented program.

Standard input: the trace as OTLP/JSON. Prints the exporter's output as one JSON string.
"""

import base64
import io
import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace.span import TraceState
from opentelemetry.trace.status import Status, StatusCode


class GivenIds(IdGenerator):
    trace_id = span_id = 0

    def generate_trace_id(self):
        return self.trace_id

    def generate_span_id(self):
        return self.span_id


def value(any_value):
    ((kind, inner),) = any_value.items()
    if kind == "intValue":
        return int(inner)
    if kind == "doubleValue":
        return float(inner)
    if kind == "bytesValue":
        return base64.b64decode(inner)
    if kind == "arrayValue":
        return [value(item) for item in inner.get("values", [])]
    if kind == "kvlistValue":
        return attributes(inner.get("values"))
    return inner


def attributes(pairs):
    return {pair["key"]: value(pair["value"]) for pair in pairs or []}


def context(trace_id, span_id, trace_state=""):
    return trace.SpanContext(int(trace_id, 16), int(span_id, 16), True, trace.TraceFlags(1), TraceState.from_header([trace_state]) if trace_state else None)


printed = io.StringIO()
for resource_spans in json.load(sys.stdin)["resourceSpans"]:
    ids = GivenIds()
    tracers = TracerProvider(id_generator=ids, resource=Resource(attributes(resource_spans.get("resource", {}).get("attributes"))), shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=printed)))
    for scope_spans in resource_spans["scopeSpans"]:
        scope = scope_spans.get("scope", {})
        tracer = tracers.get_tracer(scope.get("name", ""), scope.get("version", ""))
        for given in scope_spans["spans"]:
            ids.trace_id, ids.span_id = int(given["traceId"], 16), int(given["spanId"], 16)
            parent = given.get("parentSpanId")
            span = tracer.start_span(
                given["name"],
                context=trace.set_span_in_context(trace.NonRecordingSpan(context(given["traceId"], parent, given.get("traceState", "")))) if parent else None,
                kind=trace.SpanKind(max(0, given.get("kind", 1) - 1)),
                attributes=attributes(given.get("attributes")),
                links=[trace.Link(context(link["traceId"], link["spanId"], link.get("traceState", "")), attributes(link.get("attributes"))) for link in given.get("links", [])],
                start_time=int(given["startTimeUnixNano"]),
            )
            for event in given.get("events", []):
                span.add_event(event["name"], attributes(event.get("attributes")), int(event["timeUnixNano"]))
            status = given.get("status", {})
            if status.get("code"):
                span.set_status(Status(StatusCode(status["code"]), status.get("message")))
            span.end(int(given["endTimeUnixNano"]))
json.dump(printed.getvalue(), sys.stdout)
