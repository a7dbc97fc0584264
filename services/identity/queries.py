"""Named reads of identity; what is shown to somebody goes through `visible_to`."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from sqlalchemy import exists, func, literal, or_, select, tuple_

from chassis import cursors
from chassis.actors import require_all
from chassis.errors import Invalid
from services.identity.access import seen_by, visible_to
from services.identity.models import Person, PersonRole, Role, Site
from services.identity.shapes import SHOWN


def page(work, actor, model, *, q, cursor, limit, conditions=()):
    """Return a page of what an actor sees of a kind, by name: `{"items", "next_cursor"}`.

    :param q: part of a name, or of a person's address; empty for all.
    :param cursor: `next_cursor` of the page before, or `None`.
    :param conditions: further SQL conditions.
    :raises Invalid: `cursor_invalid`.
    """
    place = (func.lower(model.name), model.id)
    statement = select(*SHOWN[model], place[0].label("place")).where(visible_to(actor, model), *conditions)
    if q:
        statement = statement.where(_holds(model, q))
    if cursor is not None:
        name, key = cursors.place_in(cursor, _place)
        statement = statement.where(tuple_(*place) > tuple_(literal(name), literal(key)))
    rows = work.load(statement.order_by(*place).limit(limit + 1))
    found = cursors.page_of(rows, limit, lambda last: _cursor(last.place, last.id))
    return {**found, "items": [_item(actor, model, row) for row in found["items"]]}


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
    statement = select(*SHOWN[model]).order_by(model.id).limit(limit)
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


def _item(actor, model, row):
    """Return what an actor sees of a row of a page, without its place in the order."""
    fields = row._asdict()
    del fields["place"]
    return seen_by(actor, model, fields)


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
