"""The rules: what is promised to a sender, as data, and the one function that applies them.

`evaluate` judges a decoded batch, `evaluate_identity` the opened identifiers of it. The same two run before sending,
in `helsepuls validate` and in the stream, so a sender meets the verdict of the stream.
"""

from schemas.rules.catalogue import catalogue, release
from schemas.rules.evaluate import evaluate
from schemas.rules.evaluation import Evaluation, Hit
from schemas.rules.identity import evaluate_identity
from schemas.rules.model import Check, Rule

RULES_RELEASE: str = release()
"""Which rules and code lists gave a verdict; written into every outcome."""

__all__ = ["RULES_RELEASE", "Check", "Evaluation", "Hit", "Rule", "catalogue", "evaluate", "evaluate_identity"]
