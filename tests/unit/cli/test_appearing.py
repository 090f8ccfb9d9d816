"""Where a result goes that a command was told to write into a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from helsepuls.appearing import appearing


def write(path: Path, content: bytes = b"new") -> None:
    with appearing(path) as file:
        file.write(content)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "result"
    with appearing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert (path.read_bytes(), names(tmp_path)) == (b"new", ["result"])


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), appearing(path) as file:
        file.write(bytes(file.write(b"half") // 0))
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["result"])


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write(path)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)


@pytest.mark.parametrize("there", [True, False])
def test_a_symlink_stays_one(tmp_path: Path, there: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "target", tmp_path / "link"
    if there:
        target.write_bytes(b"old")
    link.symlink_to("elsewhere/target")
    write(link)
    assert link.is_symlink()
    assert (target.read_bytes(), names(tmp_path / "elsewhere")) == (b"new", ["target"])


def test_what_a_process_holds_open_is_written_as_it_is(tmp_path: Path) -> None:
    """As /dev/stdout is: a name of what is open, which may be a file, and never the name to put another file at."""
    held = tmp_path / "held"
    with held.open("wb") as file:
        link = tmp_path / "link"
        link.symlink_to(f"/proc/self/fd/{file.fileno()}")
        before = held.stat().st_ino
        write(link)
        assert (held.read_bytes(), held.stat().st_ino) == (b"new", before)
    assert names(tmp_path) == ["held", "link"]
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["fifo", "link"])
def test_a_pipe_is_written_as_it_is(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(tmp_path / name)
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert (tmp_path / "fifo").is_fifo()


def test_an_error_names_the_path_that_was_given(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such"
    with pytest.raises(FileNotFoundError) as caught:
        write(path)
    assert caught.value.filename == str(path)


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match=str(tmp_path / "a")):
        write(tmp_path / "a")
