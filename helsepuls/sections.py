"""Every settings class, in the order in which `helsepuls config` and the documentation show them."""

from __future__ import annotations

from typing import Final

from deploy.settings import StackSettings, TopicSettings
from producers.adapters.settings import AdapterSettings
from producers.settings import ProducerSettings
from runtime.settings import KafkaSettings, PrivacySettings, RegistrySettings, Settings, WarehouseSettings
from sinks.settings import CloseSettings, EndpointSettings, SinkSettings
from streams.settings import StreamSettings

SECTIONS: Final[tuple[type[Settings], ...]] = (
    KafkaSettings,
    WarehouseSettings,
    RegistrySettings,
    PrivacySettings,
    ProducerSettings,
    AdapterSettings,
    StreamSettings,
    SinkSettings,
    EndpointSettings,
    CloseSettings,
    TopicSettings,
    StackSettings,
)
