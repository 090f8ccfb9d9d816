"""An organisation number on the command line."""

from __future__ import annotations

from typing import Any, Final

import click


class Organisation(click.ParamType):
    """Nine digits, modulus 11, or the registers' test number. What is refused is not quoted: it may be a patient's."""

    name = "orgnr"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from schemas.identity import TEST_ORGANISATION, valid_organisation

        text = str(value)
        if not valid_organisation(text) and text != TEST_ORGANISATION:
            self.fail("not an organisation number: nine digits, modulus 11", param, ctx)
        return text


ORGANISATION: Final = Organisation()
