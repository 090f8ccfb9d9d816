"""docs/settings.md: every setting with its default and meaning."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from helsepuls.docs.markdown import code, page, plain, table
from helsepuls.sections import SECTIONS
from runtime.settings import PREFIX, Settings

_INTRODUCTION = """
Settings come, strongest first, from the command line, the environment (`HELSEPULS_<SECTION>_<NAME>`, in capitals), the
file `helsepuls.toml` of the home (`[section]`), what the running stack says of itself, and the default.
`helsepuls config` prints the effective values with their sources, secrets masked, and checks them all. A value that
makes no sense, or a name that does not exist, ends a command with one sentence: every command knows all names of
sections, also in variables `HELSEPULS_…` (of which only `HELSEPULS_HOME` is no setting), and the settings of those that
it uses.

Under `[kafka]` every librdkafka key passes through as it is, in the environment with `_` for `.`
(`HELSEPULS_KAFKA_BOOTSTRAP_SERVERS`), so that an outside cluster with mutual TLS needs nothing but:

```toml
[kafka]
"bootstrap.servers" = "kafka.example.org:9093"
"security.protocol" = "ssl"
"ssl.ca.location" = "/etc/helsepuls/ca.pem"
"ssl.certificate.location" = "/etc/helsepuls/client.pem"
"ssl.key.location" = "/etc/helsepuls/client.key"
```

What would weaken delivery is refused: `acks` other than `all`, an idempotent producer switched off, automatic commits.
"""


def settings_page() -> str:
    return page("Settings", _INTRODUCTION, *map(_section, SECTIONS))


def _section(cls: type[Settings]) -> str:
    from_home = cls.from_stack(Path("<home>"), {})
    rows = [
        [code(name), _default(field, from_home.get(name)), plain(field.description or "")]
        for name, field in cls.model_fields.items()
    ]
    about = (cls.__doc__ or "").strip().splitlines()[0]
    environment = code(f"{PREFIX}_{cls.section.upper()}_…")
    return f"## [{cls.section}]\n\n{about} Environment: {environment}.\n\n" + table(
        ["name", "default", "meaning"], rows
    )


def _default(field: FieldInfo, from_home: Any) -> str:
    if from_home is not None:
        return code(from_home)
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None or value in ("", {}):
        return "none"
    if isinstance(value, tuple):
        return code(" ".join("python" if part == sys.executable else str(part) for part in value))
    return code(str(value).lower() if isinstance(value, bool) else value)
