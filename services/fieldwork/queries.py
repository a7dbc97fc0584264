"""Named reads of fieldwork, composed from `access.visible_to`."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text, tuple_
from sqlalchemy.orm import aliased, selectinload

from chassis import cursors
from services.fieldwork.access import concerns, incidents_visible_to, visible_to
from services.fieldwork.models import (
    Incident,
    IncidentReason,
    Intervention,
    Person,
    ServiceType,
    Site,
    Usergroup,
)


def lock_id(work, id_):
    """Let whatever concerns one id pass one after the other, until the transaction ends.

    For ids whose row may not be there yet: of what a phone sends, and of tickets, whose plans come in any order.
    """
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(id_)})


def incidents_of(work, actor, intervention):
    """Return the incidents of an intervention that the actor may read, the earliest first."""
    statement = select(Incident).join(Incident.intervention).where(Intervention.id == intervention.id)
    ordered = statement.where(incidents_visible_to(actor)).order_by(Incident.occurred_at, Incident.id)
    return work.session.scalars(ordered).all()


def service_types(work):
    """Return all service types, the default first, then by name."""
    order = ServiceType.is_default.desc(), func.lower(ServiceType.name), ServiceType.id
    return work.session.scalars(select(ServiceType).order_by(*order)).all()


def service_types_after(work, after_id, limit):
    """Return the service types that come after an id (`None`: from the first) in the order of ids."""
    statement = select(ServiceType).order_by(ServiceType.id).limit(limit)
    if after_id is not None:
        statement = statement.where(ServiceType.id > after_id)
    return work.session.scalars(statement).all()


def settings_of(work, intervention):
    """Return the service type that an intervention follows: its own, or the default."""
    own_first = (ServiceType.id == intervention.service_type_id).desc()
    candidates = or_(ServiceType.id == intervention.service_type_id, ServiceType.is_default)
    return work.session.scalars(select(ServiceType).where(candidates).order_by(own_first)).first()


def incident_reasons(work, service_type_id=None):
    """Return the reasons offered for a service type, its own before the general ones; or all reasons."""
    statement = select(IncidentReason).order_by(
        IncidentReason.service_type_id.is_(None), func.lower(IncidentReason.name), IncidentReason.id
    )
    if service_type_id is not None:
        of_type = IncidentReason.service_type_id
        statement = statement.where(or_(of_type == service_type_id, of_type.is_(None)))
    return work.session.scalars(statement).all()


def position_of_site(work, site_id):
    """Return the `{"latitude", "longitude"}` of a site; `None` where it is not known."""
    site = work.session.get(Site, site_id) if site_id else None
    return site.position if site else None


def names_of(work, model, ids):
    """Return `{id: name}` of copied things; what has not been heard of is missing.

    :param model: `Person` or `Usergroup`.
    """
    known = {id_ for id_ in ids if id_ is not None}
    if not known:
        return {}
    return dict(work.session.execute(select(model.id, model.name).where(model.id.in_(known))).all())


def ways_to(work, site_ids):
    """Return `{id: [(id, name, address), ...]}`: the way to each site from the root of its tree.

    Places that have not been heard of are missing.
    """
    known = {id_ for id_ in site_ids if id_ is not None}
    ways = {id_: [] for id_ in known}
    if not known:
        return ways
    above = aliased(Site)
    statement = (
        select(Site.id, above.id, above.name, above.address)
        .join(above, above.id == func.any(Site.path))
        .where(Site.id.in_(known))
        .order_by(func.cardinality(above.path))
    )
    for site_id, *place in work.session.execute(statement):
        ways[site_id].append(tuple(place))
    return ways


def shown_around(work, interventions):
    """Return what interventions show of copies: `{id: name}` of people and usergroups, the ways to sites."""
    people = {worker.person_id for intervention in interventions for worker in intervention.workers}
    return {
        Person: names_of(work, Person, people),
        Site: ways_to(work, {intervention.site_id for intervention in interventions}),
        Usergroup: names_of(work, Usergroup, {intervention.usergroup_id for intervention in interventions}),
    }


def page_of_interventions(work, actor, filters):
    """Return a page of the interventions that the actor may see.

    :param filters: what `InterventionFilter` takes.
    :raises Invalid: `cursor_invalid`.
    """
    latest = filters["order"] == "latest"
    key = tuple_(Intervention.starts_at, Intervention.id)
    statement = select(Intervention).where(visible_to(actor), *_conditions(actor, filters))
    if filters["cursor"]:
        at = read_cursor(filters["cursor"])
        statement = statement.where(key < at if latest else key > at)
    order = [column.desc() if latest else column for column in (Intervention.starts_at, Intervention.id)]
    statement = statement.order_by(*order).limit(filters["limit"] + 1)
    eager = selectinload(Intervention.workers), selectinload(Intervention.clock_ins)
    rows = work.session.scalars(statement.options(*eager)).all()
    return cursors.page_of(rows, filters["limit"], write_cursor)


def _conditions(actor, filters):
    if filters["mine"]:
        yield concerns(actor.person_id)
    if filters["without_worker"]:
        yield and_(Intervention.status == "planned", ~Intervention.workers.any())
    if filters["from"]:
        yield Intervention.ends_at > filters["from"]
    if filters["to"]:
        yield Intervention.starts_at < filters["to"]
    if filters["site"]:
        below = select(Site.id).where(Site.path.contains([filters["site"]]))
        yield Intervention.site_id.in_(below)
    for name in ("status", "work_order", "ticket"):
        if filters[name]:
            column = name if name == "status" else f"{name}_id"
            yield getattr(Intervention, column) == filters[name]


def write_cursor(intervention):
    """Return the opaque place in the list after an intervention."""
    place = f"{intervention.starts_at.isoformat()} {intervention.id}"
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(cursor):
    """Return the place that a cursor names.

    :raises Invalid: `cursor_invalid`.
    """
    return cursors.place_in(cursor, _place)


def _place(cursor):
    starts_at, id_ = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
    at = datetime.fromisoformat(starts_at)
    if at.tzinfo is None:
        raise ValueError("an instant without an offset")
    # PostgreSQL takes not every offset that may stand there.
    return at.astimezone(UTC), UUID(id_)
