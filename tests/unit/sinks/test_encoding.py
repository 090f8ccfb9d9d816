"""Bodies there and back."""

from __future__ import annotations

import gzip
import zlib

import lz4.frame
import pytest
from clickhouse_connect.driver.compression import _zstd_decompress

from sinks.warehouse.encoding import decode, encoder, negotiate
from sinks.warehouse.refusal import QueryError

PIECES = [b"a" * 100_000, b"", b"b", b"c" * 10]


@pytest.mark.parametrize(
    ("name", "back"),
    [
        (None, bytes),
        ("gzip", gzip.decompress),
        ("deflate", zlib.decompress),
        ("lz4", lz4.frame.decompress),
        ("zstd", _zstd_decompress),
    ],
)
@pytest.mark.parametrize("pieces", [PIECES, []])
def test_pieces_make_one_body(name: str | None, back, pieces: list[bytes]) -> None:
    squeezer = encoder(name)
    assert back(b"".join([*map(squeezer.compress, pieces), squeezer.flush()])) == b"".join(pieces)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip, deflate", "gzip"),
        ("lz4,zstd,gzip,deflate", "lz4"),
        ("GZIP;q=1.0, zstd;q=0", "gzip"),
        ("gzip; q=0", None),
    ],
)
def test_negotiation(accepted: str, chosen: str | None) -> None:
    assert negotiate(accepted) == chosen


def test_bodies_of_requests() -> None:
    frame = lz4.frame.compress(b"SELECT 1")
    assert decode("lz4", frame, most=100) == b"SELECT 1"
    assert decode("gzip", b"decoded already", most=100) == b"decoded already"
    for name, data, code in [("lz4", frame, 229), ("lz4", frame[:-4], 271), ("lz4", b"x", 271), ("snappy", b"x", 779)]:
        with pytest.raises(QueryError) as caught:
            decode(name, data, most=4 if code == 229 else 100)
        assert caught.value.code == code
