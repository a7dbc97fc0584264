"""Entrypoints of the owner of rights."""

from chassis.bus import answer
from tests.bus.services.identity import contract


class IdentityService:
    """The owner of rights."""

    name = "identity"
    contract = contract.Identity

    @answer
    def end_rights(self, work, actor, person_id, epoch):
        """Tell that a person's rights have changed."""
        work.tell(contract.GrantsChanged, person_id=person_id, epoch=epoch)

    @answer
    def signed_in(self, work, actor):
        """Answer whoever is signed in."""
