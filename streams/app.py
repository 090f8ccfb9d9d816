"""The Faust application: `helsepuls worker`, or `faust -A streams.app worker`.

Faust does membership, assignment and lifecycle; `streams.transport` gives it batches, `streams.lane` takes them to the
processor. Nothing here is per event.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faust
from faust.types import TP

from monitoring import metrics
from runtime import kafka, logs
from runtime.home import announce, find_home, retire
from runtime.settings import KafkaSettings, load
from schemas.types import FAMILIES, raw_topic
from streams.credentials import broker_credentials
from streams.deliver import Deliverer
from streams.lane import Lane, Threads
from streams.pipeline.process import Pipeline
from streams.processor import Processor
from streams.settings import StreamSettings
from streams.standstill import Behind, Standstill
from streams.transport import BatchTransport
from streams.watchdog import Progress, Watchdog
from streams.window.index import DAY_MS
from streams.window.reader import LogReader
from streams.window.windows import Windows

logger = logging.getLogger(__name__)

_WATCH_SECONDS = 1.0


class BatchApp(faust.App):  # type: ignore[misc]  # faust is untyped here
    """A Faust app whose consumer delivers batches."""

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)


def create_app(home: Path, **overrides: Any) -> faust.App:
    """The application with everything it needs. Raises Fatal when a setting is wrong or no Kafka is known."""
    settings = load(StreamSettings, home, **overrides)
    kafka_settings = load(KafkaSettings, home)
    app = _faust_app(home, settings, kafka_settings)
    progress = Progress()
    threads = Threads(_thread("reading"), _thread("judging"), _thread("delivering"))
    processor = _processor(home, settings, kafka_settings, progress)
    lanes = {topic: Lane(topic, processor, settings, threads, progress) for topic in map(raw_topic, FAMILIES)}
    for topic, lane in lanes.items():
        _add_lane(app, topic, lane)
    _add_watch(app, home, settings, progress)
    return app


def _thread(step: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=step)


def _faust_app(home: Path, settings: StreamSettings, kafka_settings: KafkaSettings) -> faust.App:
    brokers = ";".join(f"kafka://{server.strip()}" for server in kafka_settings.bootstrap.split(","))
    credentials = broker_credentials(kafka_settings.config)
    (home / "faust").mkdir(parents=True, exist_ok=True)  # Faust makes its own folder in there, but no parents
    return BatchApp(
        id=settings.group,
        broker=brokers,
        **({"broker_credentials": credentials} if credentials else {}),
        datadir=str(home / "faust" / settings.name),
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance,  # None, not "": that would be one name for all workers
        consumer_max_fetch_size=4 * 1024 * 1024,
        broker_max_poll_records=settings.max_batch_events,
        broker_commit_interval=settings.commit_seconds,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_request_timeout=max(90.0, settings.session_timeout_seconds),
        stream_buffer_maxsize=64,
        stream_wait_empty=False,
    )


def _processor(home: Path, settings: StreamSettings, kafka_settings: KafkaSettings, progress: Progress) -> Processor:
    def restoring() -> None:
        progress.waited = time.monotonic()

    reader = LogReader(kafka.consumer_config(kafka_settings, f"{settings.group}.restore"), settings.delivery_seconds)
    windows = Windows(reader, int(settings.window_days * DAY_MS), restoring)
    deliverer = Deliverer(kafka.producer_config(kafka_settings), settings.delivery_seconds)
    return Processor(settings, Pipeline.from_home(home), windows, deliverer)


def _add_lane(app: faust.App, topic: str, lane: Lane) -> None:
    channel = app.topic(topic, key_serializer="raw", value_serializer="raw")

    @app.agent(channel, name=f"streams.{topic}", concurrency=1)  # type: ignore[untyped-decorator]
    async def collect(stream: Any) -> None:
        async for event in stream.noack().events():
            await lane.offer(event)

    @app.task  # type: ignore[untyped-decorator]
    async def work(app: Any) -> None:
        await lane.run(app)


def _add_watch(app: faust.App, home: Path, settings: StreamSettings, progress: Progress) -> None:
    watchdog = Watchdog(progress, settings.stuck_seconds, settings.assign_seconds)
    standstill = Standstill()

    @app.task  # type: ignore[untyped-decorator]
    async def watch(app: Any) -> None:
        port = metrics.serve(settings.metrics_port)
        watchdog.start()
        while True:
            now = time.monotonic()
            progress.loop_seen = now
            assigned = app.consumer.assignment()
            if assigned and not progress.assigned:
                progress.assigned = True
                announce(home, settings.name, {"metrics": f"http://127.0.0.1:{port}/metrics"})
            behind = _behind(app, assigned)
            _tell(behind)
            progress.standing = standstill.look(behind, progress.waited_on_purpose, now)
            await asyncio.sleep(_WATCH_SECONDS)

    @app.on_before_shutdown.connect  # type: ignore[untyped-decorator]
    async def end(*_: Any, **__: Any) -> None:
        watchdog.stop()
        retire(home, settings.name)


def _behind(app: Any, assigned: Any) -> dict[TP, Behind]:
    """How far the assigned partitions are, where both is known."""
    found: dict[TP, Behind] = {}
    for tp in assigned:
        end = app.consumer.highwater(tp)
        done = app.consumer.done(tp)
        if end is not None and done is not None:
            found[tp] = Behind(done, end)
    return found


def _tell(behind: dict[TP, Behind]) -> None:
    """Sets the metrics, of no other partitions."""
    metrics.LAG_MESSAGES.clear()
    metrics.COMMITTED_OFFSET.clear()
    for tp, place in behind.items():
        metrics.LAG_MESSAGES.labels(*tp).set(max(0, place.highwater - place.committed))
        metrics.COMMITTED_OFFSET.labels(*tp).set(place.committed)


def __getattr__(name: str) -> Any:
    """`faust -A streams.app` looks for `app`: it is made when asked for, from the environment."""
    if name == "app":
        logs.configure("worker")
        globals()["app"] = create_app(find_home())
        return globals()["app"]
    raise AttributeError(name)
