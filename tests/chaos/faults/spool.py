"""A spool file cut in half behind a dead publisher, while events wait in it."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import suppress
from random import Random

from ..sender import Sender
from ..stage import Stage


def cut(stage: Stage, sender: Sender, _chance: Random, seconds: float) -> None:
    """The broker is frozen for a while, so that events pile up in the spool; the publisher is killed; its write-ahead
    log is written back, as any program that opens and closes the file would; the file loses its second half."""
    pid = stage.running("kafka")[0]
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
            sender.kill()
        finally:
            os.kill(pid, signal.SIGCONT)
    connection = sqlite3.connect(sender.spool)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    os.truncate(sender.spool, sender.spool.stat().st_size // 2)
