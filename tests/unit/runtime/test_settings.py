"""Where settings come from, and what is told of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from helsepuls.cli.main import main
from helsepuls.sections import SECTIONS
from runtime.settings import FILE, SECTION_NAMES, KafkaSettings, Settings, load
from schemas.errors import Fatal
from streams.settings import StreamSettings


def test_every_section_is_known() -> None:
    assert {section.section for section in SECTIONS} == SECTION_NAMES


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[kafak]\na = 1\n", r"there is no section \[kafak\]; did you mean \[kafka\]\?"),
        ("partitions = 4\n", r"there is no section \[partitions\]; there are: .*topics"),
        ("[stream]\nwindow_day = 7\n", r"stream\.window_day .* there is no such setting, did you mean window_days"),
        ("[stream]\nzzz = 7\n", r"setting stream\.zzz \(from helsepuls\.toml\) is wrong: there is no such setting;"),
    ],
)
def test_a_name_in_the_file_that_does_not_exist(home: Path, content: str, said: str) -> None:
    (home / FILE).write_text(content)
    with pytest.raises(Fatal, match=said):
        load(StreamSettings, home)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("HELSEPULS_STREAM_WINDOW_DAY", r"setting stream\.window_day \(from environment\) .* did you mean window_days"),
        ("HELSEPULS_STREAMS_GROUP", r"HELSEPULS_STREAMS_GROUP .* did you mean HELSEPULS_STREAM_\.\.\.\?"),
        ("HELSEPULS_KAFKABOOTSTRAP_SERVERS", r"HELSEPULS_KAFKABOOTSTRAP_SERVERS .* no setting"),
        ("HELSEPULS_HOM", r"HELSEPULS_HOM .* did you mean HELSEPULS_HOME\?"),
        ("HELSEPULS_STREAM", r"HELSEPULS_STREAM .* no setting"),
    ],
)
def test_a_variable_that_does_not_exist(home: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(Fatal, match=said):
        load(StreamSettings, home)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_variables_of_one_section_are_none_of_anothers(
    home: Path, monkeypatch: pytest.MonkeyPatch, section: type[Settings]
) -> None:
    monkeypatch.setenv("HELSEPULS_KAFKA_BOOTSTRAP_SERVERS", "a:1")
    monkeypatch.setenv("HELSEPULS_STREAM_GROUP", "g")
    load(section, home)
    assert load(KafkaSettings, home).config == {"bootstrap.servers": "a:1"}
    assert load(StreamSettings, home).group == "g"


@pytest.mark.parametrize("setting", ["acks = 1", "enable.idempotence = false", "enable.auto.commit = true"])
def test_config_refuses_what_clients_would_refuse(home: Path, setting: str) -> None:
    (home / FILE).write_text(f"[kafka]\n{setting}\n")
    result = CliRunner().invoke(main, ["config"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"setting kafka.{setting.partition(' ')[0]} must be" in result.stderr


def test_config_shows_no_secret_wherever_it_may_stand(home: Path) -> None:
    (home / FILE).write_text(
        '[kafka]\n"bootstrap.servers" = "a:1"\n'
        + "".join(f'"{key}" = "geheim"\n' for key in ("sasl.password", "ssl.key.pem", "sasl.oauthbearer.client.secret"))
        + '"sasl.oauthbearer.assertion.private.key.passphrase" = "geheim"\n'
        '"sasl.oauthbearer.token.endpoint.url" = "https://idp.example.org/token"\n'
        '[warehouse]\ndsn = "clickhouses://a:geheim@h:8443"\nurl = "https://h:8443/?user=a&password=geheim"\n'
    )
    result = CliRunner().invoke(main, ["config", "--json"])
    assert result.exit_code == 0, result.output
    assert "geheim" not in result.output
    assert "https://idp.example.org/token" in result.output
    assert "https://h:8443/?user=a&password=****" in result.output
