"""Somebody who takes part in a ticket, as decisions, facts and answers know them."""

from dataclasses import dataclass, field
from uuid import UUID

from chassis.ids import new_id


@dataclass(kw_only=True, slots=True)
class Party:
    """Somebody who takes part in a ticket, or is to.

    :param participant_id: made here, unless a link with it was given out before the ticket was opened.
    :param person_id: `None` for a stranger, of whom an address is known at most.
    :param standing: as of `models.Participant`: what they take part by, if only as long as it lasts.
    :param as_assignee: whether they take part only while they answer for the ticket.
    :param takes_part: whether they still do.
    :param is_open: whether their account is open; true of strangers.
    """

    name: str
    language: str
    role: str = "requester"
    participant_id: UUID = field(default_factory=new_id)
    person_id: UUID | None = None
    email: str | None = None
    standing: str | None = None
    as_assignee: bool = False
    takes_part: bool = True
    is_open: bool = True

    @property
    def active(self):
        """Whether facts and mails reach them."""
        return self.takes_part and self.is_open

    def as_fact(self):
        """Return them as facts carry them."""
        return {
            "participant_id": self.participant_id,
            "person_id": self.person_id,
            "email": self.email,
            "name": self.name,
            "language": self.language,
            "role": self.role,
        }
