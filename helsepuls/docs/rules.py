"""docs/rules.md: the catalogue of validation rules."""

from __future__ import annotations

from collections import Counter

from helsepuls.docs.markdown import code, page, plain, table
from schemas.codes import models_for
from schemas.rules import RULES_RELEASE, Rule, catalogue
from schemas.types import FAMILIES, Severity

_EFFECT = {
    Severity.FATAL: "the message cannot be used; the event is not accepted",
    Severity.REJECT: "the event is not accepted",
    Severity.REPAIR: "the field is set to unknown (null) or -1, the event is accepted",
    Severity.WARN: "the event is accepted as it is, and the sender is told",
}

_INTRODUCTION = """
The rules that every event is held to, as they run in the stream and in `helsepuls validate`. All rules that an event
breaks are reported at once. A problem names a rule and a field, never a value. The same catalogue on the command line:
`helsepuls rules`, one rule: `helsepuls rules EPI-09`, in Norwegian: `helsepuls rules --language nb`.

A null (an absent value) breaks no rule unless the rule says that the field is missing. An event that cancels another
(`action` is `cancel`) is held only to rules that hold for cancels. "First day" and "last day" speak of `occurred_at`.
"""

_SOURCES = """
Where a rule comes from, by the first letter of its source: X, the official XSD and intake annotations of NPR and KPR
(XPR); M, the specification of the municipal notification (minimelding); K, checks in published code that works with
these registers; P, this product's own.
"""


def rules_page() -> str:
    return page("Rules", _INTRODUCTION, _release(), _severities(), _models(), _SOURCES, *map(_rule, catalogue()))


def _release() -> str:
    return f"Release {code(RULES_RELEASE)}, {len(catalogue())} rules. Every outcome names the release that gave it."


def _severities() -> str:
    counts = Counter(rule.severity for rule in catalogue())
    return table(
        ["severity", "rules", "what breaking it does"],
        [[severity.value, counts[severity], effect] for severity, effect in _EFFECT.items()],
    )


def _models() -> str:
    rows = [[family, ", ".join(map(code, models_for(family)))] for family in FAMILIES]
    return "Reporting models taken in (`model_version`, rule MSG-01):\n\n" + table(["family", "models"], rows)


def _rule(rule: Rule) -> str:
    families = "all families" if set(rule.families) == set(FAMILIES) else ", ".join(rule.families)
    facts = [f"{rule.severity.value}, {families}", f"fields: {', '.join(map(_field, rule.checks))}"]
    if rule.when:
        facts.append(f"only where {code(rule.when)}")
    if rule.repairs:
        facts.append("sets the field to " + ("null" if rule.repair is None else code(rule.repair)))
    if rule.on_cancel:
        facts.append("holds for cancels too")
    if rule.valid_from:
        facts.append(f"first day {rule.valid_from}")
    if rule.valid_to:
        facts.append(f"last day {rule.valid_to}")
    facts.append(f"source: {plain(rule.source)}")
    texts = f"{_text(rule.texts['en'], 'The field')}\n\n_{_text(rule.texts['nb'], 'Feltet')}_"
    return f"## {rule.code}\n\n{texts}\n\n" + "\n".join(f"- {fact}" for fact in facts)


def _field(name: str) -> str:
    return "every text" if name == "*" else code(name)


def _text(text: str, subject: str) -> str:
    return plain(text.replace("{field}", subject)).replace("_", "\\_")
