"""OpenTelemetry traces and metrics, enabled by its standard environment variables.

Without them this is not imported, because it costs every process memory and every request time.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.http import parse_excluded_urls
from starlette.types import Receive, Scope, Send

from menagerie.api.edge import kind_of_address
from menagerie.database.pool import Pool
from menagerie.database.session import Database, ReadSession
from menagerie.database.tenant import Tenant

Result = TypeVar("Result")

_HIDDEN_QUERY = "menagerie.query_string"
_FLUSH_MILLISECONDS = 3_000


class TracedApplication:
    """An ASGI application with a span for each request; on shutdown it sends what it has measured."""

    def __init__(self, application: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._application = application
        self._tracers, self._meters = _providers(os.environ)
        self._traced = OpenTelemetryMiddleware(
            self._with_query,
            # Orchestrators request it every few seconds.
            excluded_urls=parse_excluded_urls("/health/"),
            default_span_details=_span_details,
            exclude_spans=["receive", "send"],
            tracer_provider=self._tracers,
            meter_provider=self._meters,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            await asyncio.to_thread(self._shut_down)
            return
        # The signature of a picture's address is a key to the picture, and has no place in a trace.
        await self._traced({**scope, "query_string": b"", _HIDDEN_QUERY: scope.get("query_string", b"")}, receive, send)

    async def _with_query(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application({**scope, "query_string": scope[_HIDDEN_QUERY]}, receive, send)

    def _shut_down(self) -> None:
        self._tracers.force_flush(_FLUSH_MILLISECONDS)
        self._tracers.shutdown()
        self._meters.shutdown(_FLUSH_MILLISECONDS)


class TracedDatabase(Database):
    """A database with a span for each transaction, its retries included."""

    async def _transact(
        self,
        pool: Pool,
        tenant: Tenant | None,
        work: Callable[..., Awaitable[Result]],
        kind: type[ReadSession],
        *,
        read_only: bool = False,
    ) -> Result:
        attributes = {
            "db.system.name": "postgresql",
            "db.namespace": tenant.schema if tenant is not None else "platform",
            "db.operation.name": "read" if read_only else "write",
        }
        tracer = trace.get_tracer("menagerie.database")
        with tracer.start_as_current_span("transaction", kind=trace.SpanKind.CLIENT, attributes=attributes):
            return await super()._transact(pool, tenant, work, kind, read_only=read_only)


def _providers(environment: Mapping[str, str]) -> tuple[TracerProvider, MeterProvider]:
    """The providers that send spans and metrics over HTTP, to OTEL_EXPORTER_OTLP_ENDPOINT and the like."""
    os.environ.setdefault("OTEL_SERVICE_NAME", "menagerie")
    tracers = TracerProvider()
    if environment.get("OTEL_TRACES_EXPORTER") != "none":
        tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    readers: list[PeriodicExportingMetricReader] = []
    if environment.get("OTEL_METRICS_EXPORTER") != "none":
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
    meters = MeterProvider(readers)
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(meters)
    return tracers, meters


def _span_details(scope: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name the span after the kind of address, as in the metrics: a name that few requests share would be useless."""
    return f"{scope['method']} {kind_of_address(scope['path'])}", {}
