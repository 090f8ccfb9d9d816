"""What every suite that needs Docker begins with."""

from __future__ import annotations

import docker
import pytest
from docker.errors import DockerException


def need_docker() -> None:
    """Skips the test, with the reason, where no Docker daemon answers."""
    try:
        docker.from_env().ping()
    except DockerException as error:
        pytest.skip(f"no Docker daemon: {error}")
