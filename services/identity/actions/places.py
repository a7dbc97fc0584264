"""Organisations and the tree of their sites."""

from sqlalchemy.dialects.postgresql import insert

from chassis.actors import require_all
from chassis.errors import Conflict
from chassis.ids import new_id
from services.identity.access import check_visible, shown
from services.identity.contract import OrganisationChanged, SiteChanged
from services.identity.domain import check_place, check_time_zone
from services.identity.models import Organisation, Site, Usergroup

#: What a site has from its parent where it is not named.
INHERITED = ("organisation_id", "usergroup_id", "time_zone", "position")


def create_organisation(work, actor, *, name):
    """Make an organisation; return it as shown.

    :raises Conflict: `organisation_name_taken`.
    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "organisations.write")
    organisation = {"id": new_id(), "name": name, "active": True, "version": 1}
    statement = insert(Organisation).values(**organisation, created_at=work.now).on_conflict_do_nothing()
    if not work.load(statement.returning(Organisation.id)):
        detail = "There is an organisation of this name."
        raise Conflict("organisation_name_taken", detail, {"fields": {"name": [detail]}})
    tell_organisation(work, organisation)
    return organisation


def create_site(work, actor, *, name, kind, parent_id, address, **inheritable):
    """Make a site; return it as shown. What is inheritable and not given comes from the parent.

    :param inheritable: `organisation_id`, `usergroup_id`, `time_zone`, `position`, each may be `None`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `parent_kind_wrong`, `time_zone_unknown`.
    :raises NotFound: `site_not_found` (the parent), `organisation_not_found`, `usergroup_not_found`.
    """
    require_all(actor, "sites.write")
    parent = shown(work, actor, Site, parent_id) if parent_id else {"kind": None, "path": []}
    check_place(kind, parent["kind"])
    for field in INHERITED:
        if inheritable[field] is None:
            inheritable[field] = parent.get(field)
    check_time_zone(inheritable["time_zone"])
    check_visible(work, actor, Organisation, inheritable["organisation_id"])
    check_visible(work, actor, Usergroup, inheritable["usergroup_id"])
    key = new_id()
    site = Site(
        id=key,
        name=name,
        kind=kind,
        parent_id=parent_id,
        address=address,
        path=[*parent["path"], key],
        created_at=work.now,
        **inheritable,
    )
    work.session.add(site)
    work.flush()
    made = shown(work, actor, Site, key)
    tell_site(work, made)
    return made


def tell_organisation(work, organisation):
    """Tell an organisation as it is now.

    :param organisation: dict as `access.shown` gives it.
    """
    work.tell(
        OrganisationChanged,
        version=organisation["version"],
        organisation_id=organisation["id"],
        name=organisation["name"],
        active=organisation["active"],
    )


def tell_site(work, site):
    """Tell a site as it is now.

    :param site: dict as `access.shown` gives it.
    """
    work.tell(
        SiteChanged,
        version=site["version"],
        site_id=site["id"],
        name=site["name"],
        kind=site["kind"],
        parent_id=site["parent_id"],
        organisation_id=site["organisation_id"],
        usergroup_id=site["usergroup_id"],
        address=site["address"],
        time_zone=site["time_zone"],
        position=site["position"],
        path=site["path"],
        active=site["active"],
    )
