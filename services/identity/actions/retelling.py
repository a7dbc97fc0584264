"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from chassis.retelling import retelling_of
from services.identity.actions.grants import tell_person
from services.identity.actions.places import tell_organisation, tell_site
from services.identity.actions.usergroups import tell_usergroup
from services.identity.models import Organisation, Person, Site, Usergroup
from services.identity.queries import after


def _kind(model, tell):
    def rows_after(work, after_id, limit):
        return after(work, model, after_id, limit)

    def tell_row(work, row):
        tell(work, row._asdict())

    return rows_after, tell_row


retell = retelling_of(
    {
        "people": _kind(Person, tell_person),
        "usergroups": _kind(Usergroup, tell_usergroup),
        "organisations": _kind(Organisation, tell_organisation),
        "sites": _kind(Site, tell_site),
    }
)
