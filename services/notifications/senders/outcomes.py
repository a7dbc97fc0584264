"""What can become of a mail that is handed over, as far as that is not simply success."""


class Refused(Exception):
    """Refused for good; trying again would be refused again."""


class PutOff(Exception):
    """Not taken now; it is tried again later."""


class RelayAway(Exception):
    """The way out itself is closed, so no mail is at fault."""
