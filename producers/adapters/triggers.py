"""What each HL7 ADT trigger event becomes (HL7 v2.8 chapter 3; FHIR bundles name the same triggers).

Reported is what concerns movements and stays; the rest is answered `NR-Axx`. A cancel carries the subject id of what
it cancels, so that it takes it out of the current picture. What can happen several times in a stay (a transfer, a
leave) has its time in the subject id; a cancel of it then needs EVN-6, which HL7 defines as "the date/time that the
event being cancelled occurred".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

EpisodeEffect = Literal["none", "report", "amend", "reopen", "cancel"]


@dataclass(frozen=True, slots=True)
class Reported:
    """A trigger that becomes a `movement` event and, where `episode` is not "none" and the facts are there, an
    `episode` event."""

    movement: str
    """movement_type of the schema."""
    subject: str
    """Second part of the subject id."""
    timed: bool = False
    """Whether the subject id ends with the event's time."""
    cancels: bool = False
    episode: EpisodeEffect = "none"
    pending: bool = False
    """Whether the place spoken of is PV1-42 (pending location), where given."""
    merges: bool = False
    """Whether it ties a former identifier of the patient to the present one; it needs no visit."""


@dataclass(frozen=True, slots=True)
class Unreported:
    """A trigger that tells of nothing the registers ask for, with the reason."""

    reason: str


_PERSON = "it changes what is known of the person, not where the patient is; the next movement carries what matters"
_ACCOUNT = "accounts are billing"
_LINK = "a link that can be undone is no merge; send A40 when the identifiers are one person's"
_VISITS = "it renumbers visits; cancel the movements under the old number and send them under the new one"

TRIGGERS: Final[dict[str, Reported | Unreported]] = {
    "A01": Reported("admit", "admit", episode="report"),
    "A02": Reported("transfer", "transfer", timed=True),
    "A03": Reported("discharge", "discharge", episode="amend"),
    # an outpatient is registered: a visit begins as with A01 and A11 cancels both, but no bed is taken
    "A04": Reported("arrive", "admit", episode="report"),
    "A05": Reported("pending_admit", "pending_admit", pending=True),
    "A06": Reported("class_change", "class_change", timed=True, episode="amend"),
    "A07": Reported("class_change", "class_change", timed=True, episode="amend"),
    "A08": Reported("update", "update", timed=True, episode="amend"),
    "A09": Reported("depart", "depart", timed=True),
    "A10": Reported("arrive", "arrive", timed=True),
    "A11": Reported("admit", "admit", cancels=True, episode="cancel"),
    "A12": Reported("transfer", "transfer", timed=True, cancels=True),
    "A13": Reported("discharge", "discharge", cancels=True, episode="reopen"),
    "A14": Reported("pending_admit", "pending_admit", pending=True),
    "A15": Reported("pending_transfer", "pending_transfer", pending=True),
    "A16": Reported("pending_discharge", "pending_discharge"),
    # two patients change places: the message has two groups of PID and PV1, each becomes a transfer
    "A17": Reported("transfer", "transfer", timed=True),
    "A18": Reported("merge", "merge", merges=True),
    "A19": Unreported("a query"),
    "A20": Unreported("the state of a bed is reported as capacity"),
    "A21": Reported("leave_start", "leave_start", timed=True),
    "A22": Reported("leave_end", "leave_end", timed=True),
    "A23": Unreported("a record is deleted from an archive; what happened stays reported. A11 takes back a stay"),
    "A24": Unreported(_LINK),
    "A25": Reported("pending_discharge", "pending_discharge", cancels=True),
    "A26": Reported("pending_transfer", "pending_transfer", cancels=True, pending=True),
    "A27": Reported("pending_admit", "pending_admit", cancels=True, pending=True),
    "A28": Unreported(_PERSON),
    "A29": Unreported("a person is deleted from the sender's index; what happened stays reported"),
    "A30": Reported("merge", "merge", merges=True),
    "A31": Unreported(_PERSON),
    "A32": Reported("arrive", "arrive", timed=True, cancels=True),
    "A33": Reported("depart", "depart", timed=True, cancels=True),
    "A34": Reported("merge", "merge", merges=True),
    "A35": Unreported(_ACCOUNT),
    "A36": Reported("merge", "merge", merges=True),
    "A37": Unreported(_LINK),
    "A38": Reported("pending_admit", "pending_admit", cancels=True, pending=True),
    "A39": Reported("merge", "merge", merges=True),
    "A40": Reported("merge", "merge", merges=True),
    "A41": Unreported(_ACCOUNT),
    "A42": Unreported(_VISITS),
    "A43": Unreported("some identifiers move between persons; it does not say that the persons are one"),
    "A44": Unreported(_ACCOUNT),
    # the visit now belongs to the patient of PID: the visit's picture changes, the patients stay two
    "A45": Reported("update", "update", timed=True, episode="amend"),
    # the identifier itself was changed (a help number became a national one): the register must know both
    "A46": Reported("merge", "merge", merges=True),
    "A47": Reported("merge", "merge", merges=True),
    "A48": Unreported(_ACCOUNT),
    "A49": Unreported(_ACCOUNT),
    "A50": Unreported(_VISITS),
    "A51": Unreported(_VISITS),
    "A52": Reported("leave_start", "leave_start", timed=True, cancels=True),
    "A53": Reported("leave_end", "leave_end", timed=True, cancels=True),
    "A54": Unreported("a physician changes; no register asks for it"),
    "A55": Unreported("a physician changes; no register asks for it"),
    "A60": Unreported("adverse reactions are no movement and no stay"),
    "A61": Unreported("a physician changes; no register asks for it"),
    "A62": Unreported("a physician changes; no register asks for it"),
}

NOT_IN_TABLE: Final = Unreported("this trigger event is none of ADT's")
