"""Organisations and the tree of their sites."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from chassis.actors import require_all
from chassis.errors import Conflict
from chassis.ids import new_id
from chassis.versions import change_row, require_version
from services.identity.access import check_visible, for_change, shown
from services.identity.contract import OrganisationChanged, SiteChanged
from services.identity.domain import check_place, check_time_zone
from services.identity.models import Organisation, Site, Usergroup

#: What a site has from its parent where it is not named.
INHERITED = ("organisation_id", "usergroup_id", "time_zone", "position")
#: What stands for the parent of a site at the root.
_NOWHERE = {"kind": None, "path": [], "active": True}
#: Names of open sites at the most by which somebody is told why another is not closed.
MOST_NAMED = 10


def create_organisation(work, actor, *, name):
    """Make an organisation; return it as shown.

    :raises Conflict: `organisation_name_taken`.
    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "organisations.write")
    organisation = {"id": new_id(), "name": name, "active": True, "version": 1}
    statement = insert(Organisation).values(**organisation, created_at=work.now).on_conflict_do_nothing()
    if not work.load(statement.returning(Organisation.id)):
        raise _name_taken()
    tell_organisation(work, organisation)
    return organisation


def change_organisation(work, actor, *, organisation_id, if_version=None, **changes):
    """Change an organisation; return it as shown.

    :param changes: `name`, if any.
    :raises Conflict: `organisation_name_taken`.
    :raises Forbidden: `not_allowed`.
    :raises NotFound: `organisation_not_found`.
    :raises Stale: `version_stale`.
    """
    require_all(actor, "organisations.write")
    organisation = for_change(work, actor, Organisation, organisation_id)
    require_version(organisation, if_version)
    is_changed = change_row(organisation, changes)
    try:
        work.flush()
    except IntegrityError as error:
        raise _name_taken() from error
    changed = shown(work, actor, Organisation, organisation_id)
    if is_changed:
        tell_organisation(work, changed)
    return changed


def create_site(work, actor, *, name, kind, parent_id, address, **inheritable):
    """Make a site; return it as shown. What is inheritable and not given comes from the parent.

    :param inheritable: `organisation_id`, `usergroup_id`, `time_zone`, `position`, each may be `None`.
    :raises Conflict: `parent_closed`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `parent_kind_wrong`, `time_zone_unknown`.
    :raises NotFound: `site_not_found` (the parent), `organisation_not_found`, `usergroup_not_found`.
    """
    require_all(actor, "sites.write")
    parent = _locked_parent(work, actor, parent_id) if parent_id else _NOWHERE
    check_place(kind, parent["kind"])
    _require_open(parent)
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


def change_site(work, actor, *, site_id, if_version=None, **changes):
    """Change a site; return it as shown. Its place in the tree and whose it is stay, for rights hang on them.

    :param changes: any of `name`, `address`, `usergroup_id`, `time_zone`, `position`, `active`; the sites below have
        their own. None is open below a closed one.
    :raises Conflict: `parent_closed`, `sites_open`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `time_zone_unknown`.
    :raises NotFound: `site_not_found`, `usergroup_not_found`.
    :raises Stale: `version_stale`.
    """
    require_all(actor, "sites.write")
    site = for_change(work, actor, Site, site_id)
    require_version(site, if_version)
    check_visible(work, actor, Usergroup, changes.get("usergroup_id"))
    if "time_zone" in changes:
        check_time_zone(changes["time_zone"])
    if changes.get("active", site.active) != site.active:
        if changes["active"]:
            _check_opening(work, actor, site)
        else:
            _check_closing(work, site)
    is_changed = change_row(site, changes)
    work.flush()
    changed = shown(work, actor, Site, site_id)
    if is_changed:
        tell_site(work, changed)
    return changed


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


def _check_opening(work, actor, site):
    if site.parent_id:
        _require_open(_locked_parent(work, actor, site.parent_id))


def _check_closing(work, site):
    # The site itself is locked, and whoever opens one below it takes that lock first.
    below = select(Site.name).where(Site.path.contains([site.id]), Site.active, Site.id != site.id).order_by(Site.name)
    names = [row.name for row in work.load(below)]
    if names:
        named = names[:MOST_NAMED]
        others = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        raise Conflict(
            "sites_open",
            f"Sites below this one are open ({', '.join(named)}{others}): close them first.",
            {"fields": {"active": [f"{name} is open." for name in named]}},
        )


def _locked_parent(work, actor, parent_id):
    """Return a site as shown, which is neither closed nor opened until the end of the transaction."""
    for_change(work, actor, Site, parent_id)
    return shown(work, actor, Site, parent_id)


def _require_open(parent):
    if not parent["active"]:
        raise Conflict("parent_closed", f"{parent['name']}, which it is in, is closed: open that first.")


def _name_taken():
    detail = "There is an organisation of this name."
    return Conflict("organisation_name_taken", detail, {"fields": {"name": [detail]}})
