"""Stops a bad release from draining a topic into `rejected`.

One sender that sends nonsense is that sender's matter and stops nobody. When nearly everything of many senders is
suddenly refused, the fault is more likely here (a rule, a code list, a schema); then the batch is not delivered and
the topic waits for an operator, with nothing lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from streams.settings import StreamSettings


def is_bad_release(settings: StreamSettings, total: int, refusals: Mapping[str, tuple[int, int]]) -> bool:
    """`total`: events judged in one batch; `refusals`: reporter → (events refused, events), of those with refusals.

    Unreadable reporters count as one.
    """
    if not settings.breaker:
        return False
    refused = sum(bad for bad, _ in refusals.values())
    if total < settings.breaker_events or refused < settings.breaker_share * total:
        return False
    reporters = sum(1 for bad, count in refusals.values() if bad >= settings.breaker_share * count)
    return reporters >= settings.breaker_reporters
