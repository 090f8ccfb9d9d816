"""A producer that takes messages by the column: librdkafka's own batch call, which confluent-kafka's `produce_batch`
makes with a dictionary, a key and a value in Python for every message.

It is the librdkafka that confluent-kafka has loaded, by its public C interface (`rdkafka.h`), with librdkafka's
settings. While it copies messages and waits, other threads have the interpreter.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from confluent_kafka import KafkaError, cimpl

from streams.types import Messages

_PRODUCER: Final = 0
_COPY: Final = 0x2
_OWN_PARTITION: Final = 0x8
"""RD_KAFKA_MSG_F_PARTITION: each message goes to the partition that stands with it."""
_ERROR_BYTES: Final = 512

_MESSAGE: Final = np.dtype(
    [
        ("error", np.intc),
        ("topic", np.uintp),
        ("partition", np.int32),
        ("value", np.uintp),
        ("value_size", np.uintp),
        ("key", np.uintp),
        ("key_size", np.uintp),
        ("offset", np.int64),
        ("own", np.uintp),
    ],
    align=True,
)
"""rd_kafka_message_t."""


class _Report(ctypes.Structure):
    """The beginning of an rd_kafka_message_t: all that is asked of a message that failed."""

    _fields_ = (("error", ctypes.c_int),)


_ON_REPORT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Report), ctypes.c_void_p)


def _library() -> Any:
    """The functions used here, declared. A library that is asked for a name looks into those it was linked with."""
    library = ctypes.CDLL(cimpl.__file__)
    pointer, text, number, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
    for name, answer, arguments in (
        ("conf_new", pointer, []),
        ("conf_set", number, [pointer, text, text, text, size]),
        ("conf_set_dr_msg_cb", None, [pointer, _ON_REPORT]),
        ("conf_destroy", None, [pointer]),
        ("new", pointer, [number, pointer, text, size]),
        ("topic_new", pointer, [pointer, text, pointer]),
        ("topic_destroy", None, [pointer]),
        ("produce_batch", number, [pointer, ctypes.c_int32, number, pointer, number]),
        ("poll", number, [pointer, number]),
        ("flush", number, [pointer, number]),
        ("outq_len", number, [pointer]),
        ("destroy", None, [pointer]),
    ):
        function = getattr(library, f"rd_kafka_{name}")
        function.restype, function.argtypes = answer, arguments
    return library


_RDKAFKA: Final = _library()


class BatchProducer:
    """A librdkafka producer for one thread.

    `failures`: of the messages that could not be delivered, in the order in which it was told of them; it is told in
    `poll` and `flush`. Raises ValueError for settings that librdkafka does not take.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.failures: list[KafkaError] = []
        on_report = _noting(self.failures)
        self._handle = _made(config, on_report)
        self._topics: dict[str, int] = {}
        weakref.finalize(self, _let_go, self._handle, self._topics, on_report)

    def produce(self, topic: str, messages: Messages) -> tuple[npt.NDArray[np.intp], KafkaError | None]:
        """Copies messages into the queue, in their order. Returns the rows of those that were not taken, and why the
        first of them was not."""
        values, keys = _Column(messages.values), _Column(messages.keys)
        table = np.zeros(len(messages), dtype=_MESSAGE)
        table["partition"] = messages.partitions
        table["value"], table["value_size"] = values.addresses, values.sizes
        table["key"], table["key_size"] = keys.addresses, keys.sizes
        flags = _COPY | _OWN_PARTITION
        _RDKAFKA.rd_kafka_produce_batch(self._topic(topic), 0, flags, table.ctypes.data, len(table))
        left = np.flatnonzero(table["error"])
        return left, KafkaError(int(table["error"][left[0]])) if len(left) else None

    def poll(self, seconds: float) -> None:
        """Waits until something is told, so long at most."""
        _RDKAFKA.rd_kafka_poll(self._handle, int(seconds * 1000))

    def flush(self, seconds: float) -> int:
        """Waits until every message is delivered or has failed, so long at most. Returns how many are neither."""
        _RDKAFKA.rd_kafka_flush(self._handle, int(seconds * 1000))
        left: int = _RDKAFKA.rd_kafka_outq_len(self._handle)
        return left

    def _topic(self, name: str) -> int:
        if name not in self._topics:
            self._topics[name] = _RDKAFKA.rd_kafka_topic_new(self._handle, name.encode(), None)
        return self._topics[name]


class _Column:
    """Texts end to end. `addresses`: where each begins, 0 for one that is empty or none; `sizes` in bytes.

    Valid while the object lives.
    """

    def __init__(self, texts: Sequence[bytes | None]) -> None:
        present = [text or b"" for text in texts]
        self._octets = b"".join(present)
        self.sizes = np.fromiter(map(len, present), dtype=np.uintp, count=len(present))
        start = ctypes.cast(ctypes.c_char_p(self._octets), ctypes.c_void_p).value or 0
        self.addresses = np.where(self.sizes > 0, start + np.cumsum(self.sizes) - self.sizes, 0)


def _noting(failures: list[KafkaError]) -> Any:
    """What librdkafka calls with each message whose fate is known."""

    def noting(_handle: int, message: Any, _own: int) -> None:
        if error := message.contents.error:
            failures.append(KafkaError(error))

    return _ON_REPORT(noting)


def _made(config: Mapping[str, Any], on_report: Any) -> int:
    settings = _RDKAFKA.rd_kafka_conf_new()
    error = ctypes.create_string_buffer(_ERROR_BYTES)
    for name, value in config.items():
        if _RDKAFKA.rd_kafka_conf_set(settings, name.encode(), _said(value).encode(), error, _ERROR_BYTES):
            _RDKAFKA.rd_kafka_conf_destroy(settings)
            raise ValueError(error.value.decode())
    _RDKAFKA.rd_kafka_conf_set_dr_msg_cb(settings, on_report)
    handle: int | None = _RDKAFKA.rd_kafka_new(_PRODUCER, settings, error, _ERROR_BYTES)
    if not handle:
        _RDKAFKA.rd_kafka_conf_destroy(settings)
        raise ValueError(error.value.decode())
    return handle


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _let_go(handle: int, topics: Mapping[str, int], _on_report: object) -> None:
    """Ends the producer. `_on_report` has to live until then."""
    for topic in topics.values():
        _RDKAFKA.rd_kafka_topic_destroy(topic)
    _RDKAFKA.rd_kafka_destroy(handle)
