"""Key files: who makes them, who must not, and many at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.keys import ensure_keys, sealing_key
from runtime.settings import PrivacySettings, load
from schemas.errors import Fatal
from schemas.patient import PatientOpener, PatientSealer, generate_registry_key


def privacy(home: Path, **more) -> PrivacySettings:
    return load(PrivacySettings, home, **more)


def test_a_development_home_makes_its_keys_once(home):
    keys = ensure_keys(home, privacy(home))
    files = {path.name: path.read_bytes() for path in (home / "keys").iterdir()}
    assert set(files) == {"registry.pem", "registry.pub.pem", "register.key"}
    assert {path.stat().st_mode & 0o777 for path in (home / "keys").iterdir()} == {0o600}
    again = ensure_keys(home, privacy(home))
    assert vars(again) == vars(keys)
    assert {path.name: path.read_bytes() for path in (home / "keys").iterdir()} == files
    assert "PRIVATE" not in repr(keys)


@pytest.mark.parametrize("first", ["sender", "stream"])
def test_what_a_sender_seals_the_stream_opens(home, first):
    settings = privacy(home)
    public = sealing_key(home, settings) if first == "sender" else None
    keys = ensure_keys(home, settings)
    public = public or sealing_key(home, settings)
    sealed = PatientSealer(public.pem, public.key_id).seal("1", "42", "an event")
    opener = PatientOpener({keys.registry_public.key_id: keys.registry_private_pem}, profile="prod")
    assert opener.open(sealed, "an event") == ("1", "42")


def test_processes_that_start_at_once_agree(home):
    code = (
        "import sys; from pathlib import Path\n"
        "from runtime.keys import ensure_keys, sealing_key\nfrom runtime.settings import PrivacySettings, load\n"
        "home = Path(sys.argv[1]); settings = load(PrivacySettings, home)\n"
        "sys.stdin.readline()\n"
        "public = sealing_key(home, settings) if sys.argv[2] == '0' else None\n"
        "keys = ensure_keys(home, settings)\n"
        "assert public is None or public == keys.registry_public\n"
        "print(keys.registry_private_pem, keys.register_key, keys.registry_public)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(home), str(i % 2)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(6)
    ]
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    assert len({process.communicate()[0] for process in started}) == 1
    assert {process.returncode for process in started} == {0}


@pytest.mark.parametrize("profile", ["test", "prod"])
def test_elsewhere_a_missing_key_is_fatal_and_none_is_made(home, profile):
    settings = privacy(home, profile=profile)
    with pytest.raises(Fatal, match=r"registry\.pem cannot be read .*set registry_private_key under \[privacy\]"):
        ensure_keys(home, settings)
    with pytest.raises(Fatal, match=r"set registry_public_key under \[privacy\]"):
        sealing_key(home, settings)
    assert not (home / "keys").exists()


def test_a_path_of_ones_own_is_never_filled(home, tmp_path):
    settings = privacy(home, registry_private_key=tmp_path / "mine.pem", registry_public_key=tmp_path / "mine.pub")
    with pytest.raises(Fatal, match=r"mine\.pem cannot be read"):
        ensure_keys(home, settings)


def test_a_public_half_alone_is_not_replaced_by_a_new_pair(home):
    settings = privacy(home)
    ensure_keys(home, settings)
    (home / "keys" / "registry.pem").unlink()
    before = settings.registry_public_key.read_bytes()
    with pytest.raises(Fatal, match="put the private half back"):
        ensure_keys(home, settings)
    assert settings.registry_public_key.read_bytes() == before
    assert sealing_key(home, settings).pem == before


def test_two_halves_of_different_pairs_are_fatal(home):
    settings = privacy(home)
    ensure_keys(home, settings)
    settings.registry_public_key.write_bytes(generate_registry_key().public_pem)
    with pytest.raises(Fatal, match="is not the public half of"):
        ensure_keys(home, settings)


@pytest.mark.parametrize("name", ["registry.pem", "registry.pub.pem", "register.key"])
def test_a_file_that_is_no_key_is_fatal(home, name):
    settings = privacy(home)
    ensure_keys(home, settings)
    (home / "keys" / name).write_text("nonsense")
    with pytest.raises(Fatal, match=name):
        ensure_keys(home, settings)
