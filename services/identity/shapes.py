"""What is read of each kind of thing that is shown to somebody or told."""

from sqlalchemy import func, select

from services.identity.models import (
    Organisation,
    Person,
    PersonRole,
    Site,
    Usergroup,
    UsergroupPerson,
)

#: The three lists of a usergroup.
LISTS = ("members", "supervisors", "agents")
#: What its mere members do not see of it: custom fields are for the page of its agents.
INSIDE = (*LISTS, "custom_fields")


def _array(statement):
    return func.array(statement.scalar_subquery())


def _list_of(name):
    chosen = select(UsergroupPerson.person_id).where(
        UsergroupPerson.usergroup_id == Usergroup.id, UsergroupPerson.list == name
    )
    return _array(chosen.order_by(UsergroupPerson.person_id)).label(name)


_ROLES_OF_PERSON = _array(
    select(PersonRole.role).where(PersonRole.person_id == Person.id).order_by(PersonRole.role)
).label("roles")

#: The columns of each kind that are shown; `access.seen_by` takes out what is not everybody's.
SHOWN = {
    Person: (
        Person.id,
        Person.email,
        Person.name,
        Person.language,
        _ROLES_OF_PERSON,
        Person.organisation_id,
        Person.active,
        Person.confirmed,
        Person.version,
    ),
    Usergroup: (
        Usergroup.id,
        Usergroup.name,
        Usergroup.private_allowed,
        Usergroup.default_category_id,
        Usergroup.custom_fields,
        *(_list_of(name) for name in LISTS),
        Usergroup.active,
        Usergroup.version,
    ),
    Organisation: (Organisation.id, Organisation.name, Organisation.active, Organisation.version),
    Site: (
        Site.id,
        Site.name,
        Site.kind,
        Site.parent_id,
        Site.organisation_id,
        Site.usergroup_id,
        Site.address,
        Site.time_zone,
        Site.position,
        Site.path,
        Site.active,
        Site.version,
    ),
}
