"""Writes or checks the generated documentation."""

from __future__ import annotations

import argparse
import sys

from helsepuls.docs.pages import FOLDER, pages


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helsepuls.docs", description="Writes the pages of docs/ that follow from the code."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 when a page is out of date")
    given = parser.parse_args(arguments)
    changed = []
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            changed.append(path)
            if not given.check:
                path.write_text(text, "utf-8")
    for path in changed:
        verb = "is out of date" if given.check else "written"
        sys.stdout.write(f"{path.relative_to(FOLDER.parent)} {verb}\n")
    return 1 if changed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
