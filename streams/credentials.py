"""Translates librdkafka's connection settings into Faust's, so that one set of keys configures every client."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Mapping
from typing import Any

import faust
from faust.types.auth import SASLMechanism

from schemas.errors import Fatal

_TRUE = ("true", "1", "t")


def broker_credentials(config: Mapping[str, str]) -> Any:
    """Faust's credentials for `security.protocol` and its keys; None for plain text.

    Raises Fatal for a protocol or mechanism that Faust does not speak.
    """
    protocol = config.get("security.protocol", "plaintext").lower()
    match protocol:
        case "plaintext":
            return None
        case "ssl":
            return faust.SSLCredentials(context=_context(config))
        case "sasl_plaintext" | "sasl_ssl":
            mechanism = config.get("sasl.mechanism", config.get("sasl.mechanisms", "PLAIN"))
            if mechanism.upper() not in {m.value for m in SASLMechanism}:
                raise Fatal(f"kafka.sasl.mechanism {mechanism} is not one that the worker speaks")
            return faust.SASLCredentials(
                username=config.get("sasl.username"),
                password=config.get("sasl.password"),
                mechanism=mechanism.upper(),
                ssl_context=_context(config) if protocol == "sasl_ssl" else None,
            )
    raise Fatal(f"kafka.security.protocol {protocol} is not one of plaintext, ssl, sasl_plaintext, sasl_ssl")


def _context(config: Mapping[str, str]) -> ssl.SSLContext:
    """Mutual TLS from PEM files or PEM texts, as librdkafka takes them."""
    try:
        context = ssl.create_default_context(cafile=config.get("ssl.ca.location"), cadata=config.get("ssl.ca.pem"))
        if certificate := config.get("ssl.certificate.location"):
            context.load_cert_chain(certificate, config.get("ssl.key.location"), config.get("ssl.key.password"))
        elif "ssl.certificate.pem" in config:
            _load_texts(context, config)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise Fatal(f"the certificates under [kafka] cannot be used: {type(error).__name__}: {error}") from None
    if config.get("enable.ssl.certificate.verification", "true").lower() not in _TRUE:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif config.get("ssl.endpoint.identification.algorithm", "https").lower() == "none":
        context.check_hostname = False
    return context


def _load_texts(context: ssl.SSLContext, config: Mapping[str, str]) -> None:
    """Certificate and key given as PEM texts. Python reads them from files only: one that is gone at once."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # created readable for its owner alone
        file.write(config["ssl.certificate.pem"] + "\n" + config.get("ssl.key.pem", "") + "\n")
        file.flush()
        context.load_cert_chain(file.name, password=config.get("ssl.key.password"))
