"""Quix Streams: consume and decode."""

from decoding import Decoding
from quixstreams import Application

decode = Decoding()
app = Application(
    broker_address=decode.bootstrap,
    consumer_group=decode.group,
    auto_offset_reset="earliest",
    auto_create_topics=False,
    loglevel="ERROR",
)
for name in decode.topics:
    app.dataframe(app.topic(name, key_deserializer="bytes", value_deserializer="bytes")).apply(decode)
app.run()
