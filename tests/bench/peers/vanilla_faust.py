"""Faust as it comes, with fastavro: one agent per topic, one event at a time."""

import sys

import faust
from decoding import Decoding

decode = Decoding()
app = faust.App(
    decode.group,
    broker=f"kafka://{decode.bootstrap}",
    store="memory://",
    web_enabled=False,
    topic_allow_declare=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    broker_max_poll_records=10_000,
)


def consume(name: str) -> None:
    @app.agent(app.topic(name, key_serializer="raw", value_serializer="raw"), name=f"decode.{name}")
    async def agent(stream):
        async for value in stream:
            decode(value)


for topic in decode.topics:
    consume(topic)
sys.argv = ["faust", "worker", "--loglevel=error"]
app.main()
