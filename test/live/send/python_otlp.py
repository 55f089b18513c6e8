"""Sends one trace and its logs with OpenTelemetry's Python SDK, as an instrumented program would.

Arguments: protocol (http or grpc), endpoint, service name, "gzip" or "none". Prints the ids as JSON.
A request with a failing child: the exception is recorded on the span, and a log record is written inside it.
"""

import json
import logging
import sys

from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

protocol, endpoint, service, compression = sys.argv[1:5]
if protocol == "grpc":
    from grpc import Compression
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    options = {"endpoint": endpoint, "insecure": True, "compression": Compression.Gzip if compression == "gzip" else Compression.NoCompression}
    span_exporter, log_exporter = OTLPSpanExporter(**options), OTLPLogExporter(**options)
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    kind = Compression.Gzip if compression == "gzip" else Compression.NoCompression
    span_exporter = OTLPSpanExporter(endpoint=endpoint + "/v1/traces", compression=kind)
    log_exporter = OTLPLogExporter(endpoint=endpoint + "/v1/logs", compression=kind)

resource = Resource.create({"service.name": service})
tracers = TracerProvider(resource=resource)
tracers.add_span_processor(BatchSpanProcessor(span_exporter))
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(log_exporter))
logger = logging.getLogger("tracefall.live")
logger.addHandler(LoggingHandler(logger_provider=loggers))
logger.setLevel(logging.INFO)
tracer = tracers.get_tracer("tracefall.live", "1.0")

with tracer.start_as_current_span("GET /answer", kind=trace.SpanKind.SERVER, attributes={"http.route": "/answer"}) as root:
    logger.info("asked for an answer")
    try:
        with tracer.start_as_current_span("compute", attributes={"n": 42}) as child:
            raise ValueError("no such answer")
    except ValueError:
        logger.exception("compute failed")

flushed = tracers.force_flush(10_000), loggers.force_flush(10_000)
tracers.shutdown()
loggers.shutdown()
json.dump(
    {
        "traceId": format(root.get_span_context().trace_id, "032x"),
        "rootSpanId": format(root.get_span_context().span_id, "016x"),
        "childSpanId": format(child.get_span_context().span_id, "016x"),
        "flushed": all(value is not False for value in flushed),
    },
    sys.stdout,
)
