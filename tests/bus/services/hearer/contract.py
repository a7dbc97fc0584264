"""What the hearer answers."""

from marshmallow import fields

from chassis.contract import Answer, Contract, query


class Count(Answer):
    """How many."""

    count = fields.Integer()


class Hearer(Contract):
    """Hears facts."""

    service = "hearer"

    @query(gives=Count)
    def heard(self):
        """Answer how many effects there are."""
