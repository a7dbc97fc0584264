"""What the owner of rights answers and tells."""

from chassis.contract import Arguments, Contract, Event, command, fields, query


class GrantsChanged(Event, source="identity"):
    """Tokens below this epoch are good for nothing any more."""

    person_id = fields.UUID(required=True)
    epoch = fields.Integer(required=True)


class RightsToEnd(Arguments):
    """Whose, and the epoch from which on tokens are good."""

    person_id = fields.UUID(required=True)
    epoch = fields.Integer(required=True)


class Identity(Contract):
    """The owner of rights."""

    service = "identity"

    @command(takes=RightsToEnd)
    def end_rights(self, **arguments):
        """End the rights that a person's tokens carry."""

    @query()
    def signed_in(self):
        """Answer whoever is signed in."""
