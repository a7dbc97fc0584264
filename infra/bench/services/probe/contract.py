"""What the probe answers."""

from chassis.contract import Contract, query


class Probe(Contract):
    """One method, for measuring."""

    service = "probe"

    @query()
    def nothing(self):
        """Do nothing for a verified actor."""
