from __future__ import annotations

import itertools

import pytest

from deploy.local import logfiles


@pytest.fixture
def log(tmp_path):
    return tmp_path / "worker-0.log"


def test_last_words_prefer_bad_news_over_the_very_last_line(log):
    log.write_text("starting\nError: no Kafka is known: start the local stack\nbye\n\n")
    assert logfiles.last_words(log) == "Error: no Kafka is known: start the local stack"


def test_last_words_leave_out_stack_traces_and_former_runs(log):
    log.write_text("old Error: x\n")
    start = logfiles.size(log)
    with log.open("a") as file:
        file.write("INFO fine\njava.net.BindException: Address already in use\n\tat java.base/sun.nio.ch.Net.bind0\n")
    assert logfiles.last_words(log, start) == "java.net.BindException: Address already in use"


def test_last_words_of_a_structured_log_are_its_message(log):
    log.write_text('{"level": "error", "message": "Kafka does not answer"}\n')
    assert logfiles.last_words(log) == "Kafka does not answer"


def test_last_words_of_a_java_that_does_not_start_say_why(log):
    log.write_text(
        "Unrecognized VM option 'NoSuchOption'\nError: Could not create the Java Virtual Machine.\n"
        "Error: A fatal exception has occurred. Program will exit.\n"
    )
    assert logfiles.last_words(log) == "Unrecognized VM option 'NoSuchOption'"


def test_last_words_show_no_identity_number_and_are_short(log):
    log.write_text("error with 13097248022 " + "x" * 1000)
    words = logfiles.last_words(log)
    assert "13097248022" not in words
    assert len(words) <= 300


def test_last_words_of_silence(log):
    assert logfiles.last_words(log) == ""
    log.write_text("\n")
    assert logfiles.last_words(log) == ""


def test_tail(log):
    assert logfiles.tail(log, 3) == []
    log.write_text("".join(f"line {number} {'x' * 100}\n" for number in range(500)))
    assert [line.split()[1] for line in logfiles.tail(log, 3)] == ["497", "498", "499"]
    assert len(logfiles.tail(log, 1000)) == 500
    assert logfiles.tail(log, 0) == []


def test_a_long_log_is_cut_under_its_writer(log):
    with log.open("ab") as writer:
        writer.write(b"before\n" * 100)
        writer.flush()
        assert not logfiles.cut(log, 10_000)
        assert logfiles.cut(log, 100)
        writer.write(b"after\n")
    assert log.read_text() == "after\n"
    assert log.with_name("worker-0.log.1").read_text() == "before\n" * 100


def test_follows_new_lines_new_files_and_cuts(log, tmp_path):
    log.write_text("old\n")
    lines = logfiles.follow(lambda: sorted(tmp_path.glob("*.log")), pause=0.01)
    steps = itertools.chain(
        [lambda: log.open("a").write("half"), lambda: log.open("a").write(" whole\n")],
        [lambda: (tmp_path / "kafka.log").write_text("another\n"), lambda: logfiles.cut(log, 1)],
        [lambda: log.open("a").write("new\n")],
    )
    seen = []

    def advance():
        step = next(steps, None)
        if step:
            step()

    real_sleep = logfiles.time.sleep
    try:
        logfiles.time.sleep = lambda seconds: advance()
        seen = [(path.name, line) for path, line in itertools.islice(lines, 3)]
    finally:
        logfiles.time.sleep = real_sleep
    assert seen == [("worker-0.log", "half whole"), ("kafka.log", "another"), ("worker-0.log", "new")]
