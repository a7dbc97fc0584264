"""Named reads of identity; what is shown to somebody goes through `visible_to`."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from sqlalchemy import exists, func, literal, or_, select, tuple_

from chassis import cursors
from chassis.actors import require_all
from chassis.errors import Invalid, NotFound
from services.identity.access import sees_inside, visible_to
from services.identity.models import (
    Organisation,
    Person,
    PersonRole,
    Role,
    Site,
    Usergroup,
    UsergroupPerson,
)

#: The three lists of a usergroup.
LISTS = ("members", "supervisors", "agents")
#: What its mere members do not see of it: custom fields are for the page of its agents.
INSIDE = (*LISTS, "custom_fields")

_ABSENT = {Person: "person", Usergroup: "usergroup", Organisation: "organisation", Site: "site"}


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

_SHOWN = {
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


def shown(work, actor, model, key):
    """Return what an actor sees of one thing, as a dict.

    :param model: `Person`, `Usergroup`, `Organisation` or `Site`.
    :raises NotFound: `<thing>_not_found`, also for what is not theirs to see.
    """
    found = work.one(select(*_SHOWN[model]).where(model.id == key, visible_to(actor, model)))
    if found is None:
        raise absent(model)
    return _seen(actor, model, found._asdict())


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
        raise absent(model)
    return found


def page(work, actor, model, *, q, cursor, limit, conditions=()):
    """Return a page of what an actor sees of a kind, by name: `{"items", "next_cursor"}`.

    :param q: part of a name, or of a person's address; empty for all.
    :param cursor: `next_cursor` of the page before, or `None`.
    :param conditions: further SQL conditions.
    :raises Invalid: `cursor_invalid`.
    """
    place = (func.lower(model.name), model.id)
    statement = select(*_SHOWN[model], place[0].label("place")).where(visible_to(actor, model), *conditions)
    if q:
        statement = statement.where(_holds(model, q))
    if cursor is not None:
        name, key = cursors.place_in(cursor, _place)
        statement = statement.where(tuple_(*place) > tuple_(literal(name), literal(key)))
    rows = work.load(statement.order_by(*place).limit(limit + 1))
    items = [_seen(actor, model, row._asdict()) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return {"items": items, "next_cursor": last and _cursor(last.place, last.id)}


def people_like(role, active):
    """Return the conditions for people with a role, active or not; `None` is for any."""
    conditions = []
    if role is not None:
        having = PersonRole.person_id == Person.id, PersonRole.role == role
        conditions.append(exists().where(*having))
    if active is not None:
        conditions.append(Person.active == active)
    return conditions


def sites_like(parent_id, kind):
    """Return the conditions for sites directly under a parent, of a kind; `None` is for any."""
    wanted = ((Site.parent_id, parent_id), (Site.kind, kind))
    return [column == value for column, value in wanted if value is not None]


def after(work, model, key, limit):
    """Return the things of a kind that come after an id (`None`: from the first) in the order of ids."""
    statement = select(*_SHOWN[model]).order_by(model.id).limit(limit)
    if key is not None:
        statement = statement.where(model.id > key)
    return work.load(statement)


def permissions_of(work, roles):
    """Return the permission sets of roles: `{role: {permission: scope}}`.

    :raises Invalid: `role_unknown`.
    """
    found = dict(map(tuple, work.load(select(Role.name, Role.permissions).where(Role.name.in_(roles)))))
    unknown = sorted(set(roles) - found.keys())
    if unknown:
        detail = f"There is no role {unknown[0]}."
        raise Invalid("role_unknown", detail, {"fields": {"roles": [detail]}})
    return found


def all_roles(work, actor):
    """Return all roles by name.

    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "people.read")
    return [row._asdict() for row in work.load(select(Role.name, Role.permissions).order_by(Role.name))]


def absent(model):
    """Return the refusal for a thing that is not there, or not the caller's to see."""
    thing = _ABSENT[model]
    return NotFound(f"{thing}_not_found", f"There is no such {thing}.")


def _seen(actor, model, fields):
    fields.pop("place", None)
    if model is Usergroup and not sees_inside(actor, fields["id"]):
        for name in INSIDE:
            del fields[name]
    return fields


def _holds(model, q):
    columns = [model.name, model.email] if model is Person else [model.name]
    return or_(*(func.strpos(func.lower(column), func.lower(q)) > 0 for column in columns))


def _cursor(name, key):
    return urlsafe_b64encode(json.dumps([name, str(key)]).encode()).decode()


def _place(cursor):
    name, key = json.loads(urlsafe_b64decode(cursor))
    if not isinstance(name, str) or "\x00" in name:
        raise ValueError(name)
    name.encode()
    return name, UUID(key)
