"""Usergroups: making them and changing their three lists, with the rights that hang on these."""

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.exc import IntegrityError

from chassis.actors import require_all, system_actor
from chassis.errors import Conflict, NotFound
from chassis.ids import new_id
from chassis.versions import require_version
from services.identity.access import check_usergroup_change, for_change, shown, visible_to
from services.identity.actions.grants import raise_epochs
from services.identity.contract import UsergroupChanged
from services.identity.domain import check_custom_fields
from services.identity.models import Person, Usergroup, UsergroupPerson
from services.identity.shapes import LISTS

_PLAIN_FIELDS = ("name", "private_allowed", "default_category_id", "custom_fields", "active")


def create_usergroup(work, actor, *, members, supervisors, agents, **particulars):
    """Make a usergroup; return it as shown.

    :param particulars: `name`, `private_allowed`, `default_category_id` or `None`, `custom_fields`.
    :raises Conflict: `usergroup_name_taken`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `field_value_invalid`.
    :raises NotFound: `person_not_found`, for a member, supervisor or agent.
    """
    require_all(actor, "usergroups.write")
    check_custom_fields(particulars["custom_fields"])
    usergroup = {"id": new_id(), "created_at": work.now, **particulars}
    statement = postgresql_insert(Usergroup).values(usergroup).on_conflict_do_nothing()
    if not work.load(statement.returning(Usergroup.id)):
        raise _name_taken()
    lists = dict(zip(LISTS, (members, supervisors, agents), strict=True))
    changed_people = _change_lists(work, actor, usergroup["id"], {name: set() for name in LISTS}, lists)
    raise_epochs(work, changed_people)
    return _told(work, actor, usergroup["id"])


def change_usergroup(work, actor, *, usergroup_id, if_version=None, **changes):
    """Change a usergroup; return it as shown. Whoever enters or leaves a list gets new rights at once.

    :param changes: any of `name`, `private_allowed`, `default_category_id`, `custom_fields`, `active`, and
        `members`, `supervisors`, `agents` as whole lists.
    :raises Conflict: `usergroup_name_taken`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `field_value_invalid`.
    :raises NotFound: `usergroup_not_found`, `person_not_found`.
    :raises Stale: `version_stale`.
    """
    usergroup = for_change(work, actor, Usergroup, usergroup_id)
    check_usergroup_change(actor, usergroup_id, changes)
    require_version(usergroup, if_version)
    before = _lists_of(work, usergroup_id)
    wanted = {name: changes[name] for name in LISTS if name in changes}
    concerned = _change_lists(work, actor, usergroup_id, before, wanted)
    changed = _apply(work, usergroup, changes)
    if "active" in changed:
        concerned |= set().union(*_lists_of(work, usergroup_id).values())
    if not concerned and not changed:
        return shown(work, actor, Usergroup, usergroup_id)
    raise_epochs(work, concerned)
    usergroup.version += 1
    return _told(work, actor, usergroup_id)


def tell_usergroup(work, usergroup):
    """Tell a usergroup as it is now.

    :param usergroup: dict as `access.shown` gives it, with its lists.
    """
    work.tell(
        UsergroupChanged,
        version=usergroup["version"],
        usergroup_id=usergroup["id"],
        name=usergroup["name"],
        private_allowed=usergroup["private_allowed"],
        members=usergroup["members"],
        supervisors=usergroup["supervisors"],
        agents=usergroup["agents"],
        default_category_id=usergroup["default_category_id"],
        active=usergroup["active"],
    )


def _apply(work, usergroup, changes):
    """Write the plain fields that differ; return their names."""
    if "custom_fields" in changes:
        check_custom_fields(changes["custom_fields"])
    changed = {name for name in _PLAIN_FIELDS if name in changes and changes[name] != getattr(usergroup, name)}
    for name in changed:
        setattr(usergroup, name, changes[name])
    try:
        work.flush()
    except IntegrityError as error:
        raise _name_taken() from error
    return changed


def _lists_of(work, usergroup_id):
    rows = work.load(
        select(UsergroupPerson.list, UsergroupPerson.person_id).where(UsergroupPerson.usergroup_id == usergroup_id)
    )
    return {name: {row.person_id for row in rows if row.list == name} for name in LISTS}


def _change_lists(work, actor, usergroup_id, before, wanted):
    """Bring lists to what is wanted; return the people who entered or left one."""
    entering = {name: set(people) - before[name] for name, people in wanted.items()}
    leaving = {name: before[name] - set(people) for name, people in wanted.items()}
    _check_people(work, actor, set().union(*entering.values()))
    for name, people in leaving.items():
        work.session.execute(
            delete(UsergroupPerson).where(
                UsergroupPerson.usergroup_id == usergroup_id,
                UsergroupPerson.list == name,
                UsergroupPerson.person_id.in_(people),
            )
        )
    rows = [
        {"usergroup_id": usergroup_id, "list": name, "person_id": each}
        for name, people in entering.items()
        for each in people
    ]
    if rows:
        work.session.execute(insert(UsergroupPerson), rows)
    return set().union(*entering.values(), *leaving.values())


def _check_people(work, actor, people):
    if not people:
        return
    found = work.load(select(Person.id).where(Person.id.in_(people), visible_to(actor, Person)))
    if len(found) < len(people):
        raise NotFound("person_not_found", "Somebody on a list does not exist.")


def _told(work, actor, usergroup_id):
    work.flush()
    tell_usergroup(work, shown(work, system_actor("identity"), Usergroup, usergroup_id))
    return shown(work, actor, Usergroup, usergroup_id)


def _name_taken():
    detail = "There is a usergroup of this name."
    return Conflict("usergroup_name_taken", detail, {"fields": {"name": [detail]}})
