"""What is told of a ticket, in mails and in lists alike."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to tell, whoever is told.

    :ivar ticket: row of our copy.
    :ivar kind: of wording, a file in `templates`.
    :ivar occasion: what it is about, such as `message:<id>`; nobody is told of the same twice.
    :ivar inputs: JSON-ready values that the wording needs beside the ticket's number.
    :ivar intervention_id: of the intervention that it tells of, so that no mail leaves once that is off.
    """

    ticket: Any
    kind: str
    occasion: str
    inputs: dict
    intervention_id: UUID | None = None
