"""What the hearer answers."""

from chassis.contract import Answer, Contract, fields, query


class Count(Answer):
    """How many."""

    count = fields.Integer()


class Hearer(Contract):
    """Hears facts."""

    service = "hearer"

    @query(gives=Count)
    def heard(self):
        """Answer how many effects there are."""
