"""The broker's files are where the home is, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.kafka import Broker


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_its_data_is_in_the_home_whatever_its_name_and_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_java: dict[str, str], locale: str
) -> None:
    for name, value in {**quick_java, "LC_ALL": locale}.items():
        monkeypatch.setenv(name, value)
    broker = Broker(tmp_path / "Bjørn \N{GRINNING FACE} a\\b" / "kafka", 1, 2)
    broker.prepare()

    assert (broker.data / "meta.properties").exists()
    assert [place.name for place in tmp_path.iterdir()] == ["Bjørn \N{GRINNING FACE} a\\b"]
