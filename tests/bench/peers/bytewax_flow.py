"""Bytewax: consume and decode, one worker."""

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from decoding import Decoding

decode = Decoding()


class _Nowhere(StatelessSinkPartition):
    def write_batch(self, items: list) -> None:
        pass


class Nowhere(DynamicSink):
    """Takes everything and keeps nothing."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Nowhere:
        return _Nowhere()


def decoded(message: KafkaSourceMessage) -> object:
    return decode(message.value)


flow = Dataflow("peer")
source = KafkaSource([decode.bootstrap], decode.topics, tail=False, batch_size=10_000)
op.output("out", op.map("decode", op.input("in", flow, source), decoded), Nowhere())
run_main(flow)
