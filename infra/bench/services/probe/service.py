"""The probe's entrypoint."""

from chassis.bus import answer
from infra.bench.services.probe.contract import Probe


class ProbeService:
    """Does nothing, by way of everything that a call passes."""

    name = "probe"
    contract = Probe

    @answer
    def nothing(self, work, actor):
        """Return nothing."""
