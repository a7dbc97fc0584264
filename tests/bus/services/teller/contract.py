"""What the teller answers and tells."""

from chassis.contract import Answer, Arguments, Contract, Event, command, fields, line, one_of, query

#: What a listener does with a fact: nothing wrong; fails at first in 20 % of cases; fails, or ends its process,
#: until the trouble is mended; lacks an earlier fact; is not concerned.
TROUBLES = ("none", "fails_first", "fails", "kills", "not_yet", "cuts", "elsewhere")


class Said(Event, source="teller"):
    """Something was said."""

    number = fields.Integer(required=True)
    trouble = one_of(*TROUBLES, required=True)


class Renamed(Event, source="teller"):
    """A thing has a new name; the fact's version says how new."""

    thing_id = fields.UUID(required=True)
    name = line(required=True)


class Unheard(Event, source="teller"):
    """Nobody listens to this."""

    number = fields.Integer(required=True)


class ToSay(Arguments):
    """How often, from which number on, and what the listener shall do with it."""

    count = fields.Integer(load_default=1)
    start = fields.Integer(load_default=0)
    trouble = one_of(*TROUBLES, load_default="none")


class ToRename(Arguments):
    """The thing, its new name and version."""

    thing_id = fields.UUID(required=True)
    name = line(required=True)
    version = fields.Integer(required=True)


class ToRefuse(Arguments):
    """Which error to raise."""

    kind = fields.String(required=True)


class ToWait(Arguments):
    """How long to take for the answer, in seconds."""

    seconds = fields.Float(required=True)


class ToCount(Arguments):
    """What is added."""

    amount = fields.Integer(load_default=1)
    note = line(load_default="")


class ToHide(Arguments):
    """Something that must not be kept, and something that may."""

    password = line(required=True, metadata={"secret": True})
    link = line(load_default="", metadata={"authority": True})
    note = line(load_default="")


class Counted(Answer):
    """The sum after adding."""

    total = fields.Integer()


class Named(Answer):
    """Who asks."""

    name = fields.String()


class Teller(Contract):
    """Tells facts and answers calls of every kind."""

    service = "teller"

    @query(anonymous=True, gives=Named)
    def ping(self):
        """Answer with the caller's name, empty for nobody."""

    @query(gives=Named)
    def whoami(self):
        """Answer with the caller's name."""

    @query(gives=Named)
    def reserved(self):
        """Answer those who have the permission `things.reserve`."""

    @query(gives=Named)
    def forgotten(self):
        """A method that the permission table does not name."""

    @query(takes=ToRefuse, anonymous=True)
    def refuse(self, **arguments):
        """Raise an error."""

    @query(takes=ToWait, anonymous=True, gives=Named)
    def wait(self, **arguments):
        """Answer late."""

    @query(anonymous=True)
    def raw(self):
        """Answer with JSON that PostgreSQL built."""

    @query()
    def end_process(self):
        """Kill the process that answers."""

    @command(takes=ToHide)
    def end_process_secretly(self, **arguments):
        """Kill the process that answers, which was told a secret."""

    @command(takes=ToCount, gives=Counted)
    def count(self, **arguments):
        """Add to a number, once per request."""

    @command(takes=ToCount, gives=Counted, secret=True, anonymous=True)
    def count_secretly(self, **arguments):
        """Add to a number; the answer is not kept."""

    @command(takes=ToSay)
    def say(self, **arguments):
        """Tell `Said` so often."""

    @command(takes=ToRename)
    def rename(self, **arguments):
        """Tell `Renamed`."""

    @command(takes=ToSay)
    def mumble(self, **arguments):
        """Tell what nobody hears."""
