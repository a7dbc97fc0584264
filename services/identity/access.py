"""Who may see and do what in identity: deny by default, the one door to people, usergroups and places."""

from sqlalchemy import false, or_, select, true

from chassis.actors import ANYONE, require
from chassis.errors import Forbidden, NotFound
from services.identity.domain import covers
from services.identity.models import Organisation, Person, Site, Usergroup
from services.identity.shapes import INSIDE, SHOWN

#: What each method that is not anonymous takes; the edge refuses whoever lacks it.
PERMISSIONS = {
    "log_out": ANYONE,
    "me": ANYONE,
    "list_people": "people.read",
    "create_person": "people.write",
    "invite_person": "people.write",
    "person_by_id": ANYONE,
    "change_person": ANYONE,
    "list_roles": "people.read",
    "create_usergroup": "usergroups.write",
    "usergroup_by_id": ANYONE,
    "list_usergroups": ANYONE,
    "change_usergroup": "usergroups.write",
    "create_organisation": "organisations.write",
    "list_organisations": "sites.read",
    "change_organisation": "organisations.write",
    "create_site": "sites.write",
    "list_sites": "sites.read",
    "site_by_id": "sites.read",
    "change_site": "sites.write",
    "retell": "people.write",
}

#: What people change about themselves.
OWN_FIELDS = {"name", "language", "password"}
#: What supervisors change about the usergroups they supervise.
SUPERVISORS_FIELDS = {"members", "agents"}

_ABSENT = {Person: "person", Usergroup: "usergroup", Organisation: "organisation", Site: "site"}


def visible_to(actor, model):
    """Return the condition under which rows of a model are the actor's to see.

    :param model: `Person`, `Usergroup`, `Organisation` or `Site`.
    """
    return _VISIBLE[model](actor)


def sees_directory(actor):
    """Whether the actor sees all people, and so who is in which usergroup."""
    return actor.scope("people.read") == "all"


def sees_inside(actor, usergroup_id):
    """Whether the actor sees who is in the three lists of a usergroup, and its custom fields."""
    return sees_directory(actor) or usergroup_id in actor.supervises


def seen_by(actor, model, fields):
    """Return of the fields that were read of a visible thing those that the actor sees, as a dict."""
    if model is Usergroup and not sees_inside(actor, fields["id"]):
        for name in INSIDE:
            del fields[name]
    return fields


def shown(work, actor, model, key):
    """Return what an actor sees of one thing, as a dict.

    :param model: `Person`, `Usergroup`, `Organisation` or `Site`.
    :raises NotFound: `<thing>_not_found`, also for what is not theirs to see.
    """
    found = work.one(select(*SHOWN[model]).where(model.id == key, visible_to(actor, model)))
    if found is None:
        raise _absent(model)
    return seen_by(actor, model, found._asdict())


def check_visible(work, actor, model, key):
    """Refuse the id of a thing that is absent or not the actor's to see; no id is none to refuse.

    :raises NotFound: `<thing>_not_found`.
    """
    if key is not None:
        shown(work, actor, model, key)


def for_change(work, actor, model, key):
    """Return a thing as its row, locked until the end of the transaction.

    :raises NotFound: `<thing>_not_found`, also for what is not theirs to see.
    """
    statement = select(model).where(model.id == key, visible_to(actor, model))
    found = work.session.scalars(
        # Not the stronger lock: that one waits for every row that refers to this.
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise _absent(model)
    return found


def check_person_change(actor, person_id, changes):
    """Refuse changes to a visible person that are not the actor's to make.

    :param changes: names of the fields.
    :raises Forbidden: `not_allowed`.
    """
    if actor.scope("people.write") == "all":
        return
    require(person_id == actor.person_id and set(changes) <= OWN_FIELDS)


def check_rights(actor, rights):
    """Refuse to give rights, or to touch whoever has them, beyond the actor's own.

    :raises Forbidden: `rights_exceeded`.
    """
    if actor.service is None and not covers(actor.rights, rights):
        raise Forbidden("rights_exceeded", "You cannot give or change rights that you do not have yourself.")


def check_usergroup_change(actor, usergroup_id, changes):
    """Refuse changes to a visible usergroup that are not the actor's to make.

    A supervisor chooses its members and agents, but not themself as an agent: agents read what is private.

    :param changes: the fields with their new values.
    :raises Forbidden: `not_allowed`.
    """
    scope = actor.scope("usergroups.write")
    if scope == "all":
        return
    supervises = scope == "group" and usergroup_id in actor.supervises
    becomes_agent = usergroup_id not in actor.serves and actor.person_id in changes.get("agents", ())
    require(supervises and set(changes) <= SUPERVISORS_FIELDS and not becomes_agent)


def _absent(model):
    """Return the refusal for a thing that is not there, or not the caller's to see."""
    thing = _ABSENT[model]
    return NotFound(f"{thing}_not_found", f"There is no such {thing}.")


def _people(actor):
    if sees_directory(actor):
        return true()
    seen = Person.id == actor.person_id
    if actor.scope("people.read") == "organisation" and actor.organisation_id:
        seen = or_(seen, Person.organisation_id == actor.organisation_id)
    return seen


def _usergroups(actor):
    if sees_directory(actor) or actor.scope("usergroups.write") == "all":
        return true()
    return Usergroup.id.in_(actor.members | actor.supervises | actor.serves)


def _organisations(actor):
    return _of_organisation(actor, Organisation.id)


def _sites(actor):
    return _of_organisation(actor, Site.organisation_id)


def _of_organisation(actor, column):
    scope = actor.scope("sites.read")
    if scope == "all":
        return true()
    if scope == "organisation" and actor.organisation_id:
        return column == actor.organisation_id
    return false()


_VISIBLE = {Person: _people, Usergroup: _usergroups, Organisation: _organisations, Site: _sites}
