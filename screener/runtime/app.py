"""A worker process: Faust as chassis, the engine inside, three pages around it."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import faust
import structlog
from aiohttp.http_exceptions import HttpProcessingError
from faust.web.drivers.aiohttp import Web as FaustWeb
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from screener.processor import Processor
from screener.runtime.contact import require_contact
from screener.runtime.engine import Engine
from screener.runtime.exits import DO_NOT_RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.settings import Settings
from screener.runtime.transport import Transport
from screener.runtime.watchdog import start_watchdog

log = structlog.get_logger()

GIL_SWITCH_S = 0.001
"""The poll and commit threads must get in between while a round is judged; Python's default of 5 ms adds up to visible latency."""


class _Web(FaustWeb):
    """Faust's web server without Faust's own pages, which show topics, partitions and workers to whoever asks; not all of them have a setting."""

    default_blueprints = production_blueprints = debug_blueprints = optional_blueprints = ()


def run(settings: Settings, processor: Processor) -> int:
    """Runs a worker until it is told to stop or stops itself; returns the exit code."""
    _log_as_json(settings.log_level)
    sys.setswitchinterval(GIL_SWITCH_S)
    try:
        require_contact(settings)
        engine = Engine(settings, processor)
        host, port = _free_address(settings.http)
        write_address(settings.state_dir / "http", host, port)
    except EngineStop as stop:
        sys.stderr.write(f"error: {stop}\n")
        return stop.code
    app = _app(settings, processor, engine, host, port)
    log.info("starting", processor=processor.name, worker=engine.directory.worker_id, http=f"http://{host}:{port}")
    start_watchdog(engine)
    worker = faust.Worker(app, loglevel="ERROR", quiet=True, redirect_stdouts=False)
    worker.spinner = None  # it would write terminal escapes between the log lines
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        if engine.failure is None:
            log.info("stopped")
            return int(ended.code or 0)
    assert engine.failure is not None
    sys.stderr.write(f"error: {engine.failure}\n")
    return engine.failure.code


def write_address(file: Path, host: str, port: int) -> None:
    """Says in `file` where the worker is asked how it is. Raises `EngineStop`."""
    try:
        file.write_text(f"{host}:{port}\n", encoding="utf-8")
    except OSError as error:
        raise EngineStop(DO_NOT_RESTART, f"cannot write {file}: {error.strerror or error}; make room for it, or move away what is there") from error


def _app(settings: Settings, processor: Processor, engine: Engine, host: str, port: int) -> faust.App:
    app = faust.App(
        f"{settings.application}-{processor.name}",
        broker=f"kafka://{settings.bootstrap}",
        key_serializer="raw",  # Faust decodes nothing: intake does, and poison is a value there
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        datadir=str(settings.state_dir / "faust"),
        web_bind=host,
        web_host=host,
        web_port=port,
        stream_wait_empty=False,
        autodiscover=False,
    )
    app.web = _Web(app)
    transport = Transport(app.conf.broker_consumer, app)
    transport.engine = engine
    app.transport = app.producer_transport = transport

    async def take(stream: Any) -> None:
        async for event in stream.noack().events():
            await engine.offer(event.value)

    # The orderly way down, as if an operator had asked.
    engine.on_ended = lambda: os.kill(os.getpid(), signal.SIGTERM)
    app.agent(app.topic(*processor.inputs, value_serializer="raw"), name="take")(take)
    _pages(app, engine)
    return app


def _pages(app: faust.App, engine: Engine) -> None:
    async def metrics(view: Any, _request: Any) -> Any:
        METRICS.ready.set(engine.is_ready)
        for topic, records in engine.lag.items():
            METRICS.lag.labels(topic).set(records)
        return view.bytes(generate_latest(METRICS.registry), content_type=CONTENT_TYPE_LATEST.split(";")[0])

    async def readyz(view: Any, _request: Any) -> Any:
        reason = engine.not_ready_because
        return view.json({"ready": not reason, "reason": reason}, status=503 if reason else 200)

    async def livez(view: Any, _request: Any) -> Any:
        return view.json({"live": not engine.is_stuck}, status=503 if engine.is_stuck else 200)

    for path, handler in (("/metrics", metrics), ("/readyz", readyz), ("/livez", livez)):
        app.page(path)(handler)


def _free_address(http: str) -> tuple[str, int]:
    """Where the pages will be. Raises `EngineStop` where nothing can be served: Faust would only log it and go on without."""
    host, _, port = http.rpartition(":")
    try:
        family = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the process before this one may linger on the port
            probe.bind((host, int(port)))
            probe.listen()
            return host, int(probe.getsockname()[1])
    except OSError as error:
        raise EngineStop(
            DO_NOT_RESTART, f"no pages can be served at {http}: {error.strerror}; say another --http, or port 0 for a free one"
        ) from error


class NoRequest(logging.Filter):
    """What is no HTTP, or was cut short, is its sender's trouble: one line instead of aiohttp's traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Passes everything; takes the traceback off."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.exc_info = None
            record.msg, record.args = "refused what is no HTTP request (%s)", (type(error).__name__,)
        return True


def _log_as_json(level: str) -> None:
    logging.getLogger("aiohttp.server").addFilter(NoRequest())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
