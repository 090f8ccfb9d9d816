"""`helsepuls rules`: the rules that every event is held to, as a sender needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from helsepuls.cli import common
from schemas.types import FAMILIES, Severity

if TYPE_CHECKING:
    from schemas.rules import Rule


@click.command(short_help="Show the validation rules, or what one of them asks for.")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option("--family", type=click.Choice(FAMILIES), help="Only rules that events of this family are held to.")
@click.option("--severity", type=click.Choice([s.value for s in Severity]), help="Only rules of this severity.")
@click.option("--language", type=click.Choice(["nb", "en"]), default="en", show_default=True, help="Of the texts.")
@common.json_option
def command(codes: tuple[str, ...], family: str | None, severity: str | None, language: str, as_json: bool) -> None:
    """The catalogue of validation rules: what each asks for, what breaking it does, and where it comes from.

    \b
    fatal    the message cannot be used
    reject   the event is not accepted
    repair   the field is set to unknown or -1, the event is accepted
    warn     the event is accepted as it is

    The same rules run in `helsepuls validate` and in the stream. Name one or more CODEs to see only those.
    """
    from schemas.rules import RULES_RELEASE, catalogue

    wanted = {code.upper() for code in codes}
    if unknown := sorted(wanted - {rule.code for rule in catalogue()}):
        raise click.BadParameter("; ".join(map(_no_rule, unknown)) + "; `helsepuls rules` lists all rules")
    rules = [
        rule
        for rule in catalogue()
        if (not wanted or rule.code in wanted)
        and family in (None, *rule.families)
        and severity in (None, rule.severity.value)
    ]
    if as_json:
        common.print_json({"release": RULES_RELEASE, "rules": [_facts(rule) for rule in rules]})
        return
    table = common.table_of("code", "severity", "families", "fields", "what to do", lines=True)
    for rule in rules:
        families = "all" if set(rule.families) == set(FAMILIES) else ", ".join(rule.families)
        text = rule.texts["nb" if language == "nb" else "en"].replace(
            "{field}", "The field" if language == "en" else "Feltet"
        )
        table.add_row(rule.code, rule.severity.value, families, ", ".join(rule.checks), text)
    common.console().print(table)
    common.console().print(f"{len(rules)} rules, release {RULES_RELEASE}")
    if "MSG-01" in wanted:
        common.console().print(f"Reporting models taken in: {_models()}")


def _no_rule(code: str) -> str:
    """A code that `validate` has shown is known, though it is about an input and not about an event."""
    from producers.answers import ANSWERS

    if answer := ANSWERS.get(code):
        return f"{code} is no rule but an answer to an input: {answer.text}"
    return f"there is no rule {code}"


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "severity": rule.severity.value,
        "families": rule.families,
        "fields": list(rule.checks),
        "when": rule.when,
        "on_cancel": rule.on_cancel,
        "set_to": rule.repair,
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
        "nb": rule.texts["nb"],
        "en": rule.texts["en"],
        "source": rule.source,
    }


def _models() -> str:
    from schemas.codes import models_for

    return "; ".join(f"{family} {', '.join(models_for(family))}" for family in FAMILIES)
