"""What the hearer answers."""

from chassis.contract import Answer, Arguments, Contract, command, fields, query


class Count(Answer):
    """How many."""

    count = fields.Integer()


class Named(Arguments):
    """A thing of the teller's, and the number under which each try is written down."""

    thing_id = fields.UUID(required=True)
    number = fields.Integer(required=True)


class Thing(Answer):
    """What is known of a thing."""

    name = fields.String()


class Hearer(Contract):
    """Hears facts."""

    service = "hearer"

    @query(gives=Count)
    def heard(self):
        """Answer how many effects there are."""

    @command(takes=Named, gives=Thing)
    def touch(self, **arguments):
        """Have an effect by a thing of the teller's, of which there may be no copy yet."""

    @command(takes=Named, gives=Thing, anonymous=True)
    def touch_as_a_stranger(self, **arguments):
        """The same, for everybody."""

    @query(takes=Named, gives=Thing)
    def look_at(self, **arguments):
        """Answer the name of a thing."""
