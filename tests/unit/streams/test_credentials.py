"""One set of librdkafka keys configures Faust too."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from schemas.errors import Fatal
from streams.credentials import broker_credentials


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    """A certificate of its own authority, and its key, as PEM texts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "helsepuls-test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(form).decode(), private.decode()


def test_plain_text_needs_no_credentials() -> None:
    assert broker_credentials({}) is None
    assert broker_credentials({"security.protocol": "PLAINTEXT"}) is None


def test_mutual_tls_from_files(pair: tuple[str, str], tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_text(pair[0])
    key.write_text(pair[1])
    config = {
        "security.protocol": "ssl",
        "ssl.ca.location": str(certificate),
        "ssl.certificate.location": str(certificate),
        "ssl.key.location": str(key),
    }
    context = broker_credentials(config).context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509"] == 1


def test_mutual_tls_from_texts(pair: tuple[str, str]) -> None:
    config = {"security.protocol": "ssl", "ssl.ca.pem": pair[0], "ssl.certificate.pem": pair[0], "ssl.key.pem": pair[1]}
    assert broker_credentials(config).context.cert_store_stats()["x509"] == 1


def test_names_need_not_match_where_librdkafka_is_told_so(pair: tuple[str, str]) -> None:
    config = {"security.protocol": "ssl", "ssl.ca.pem": pair[0], "ssl.endpoint.identification.algorithm": "none"}
    context = broker_credentials(config).context
    assert not context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_sasl_over_tls(pair: tuple[str, str]) -> None:
    config = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "worker",
        "sasl.password": "secret",
        "ssl.ca.pem": pair[0],
    }
    credentials = broker_credentials(config)
    assert (credentials.username, credentials.mechanism.value) == ("worker", "SCRAM-SHA-512")


@pytest.mark.parametrize(
    "config",
    [
        {"security.protocol": "carrier-pigeon"},
        {"security.protocol": "sasl_ssl", "sasl.mechanism": "MAGIC"},
        {"security.protocol": "ssl", "ssl.ca.location": "no/such/file.pem"},
        {"security.protocol": "ssl", "ssl.certificate.pem": "not a certificate"},
    ],
)
def test_what_cannot_work_is_said_at_once(config: dict[str, str]) -> None:
    with pytest.raises(Fatal, match="kafka"):
        broker_credentials(config)
