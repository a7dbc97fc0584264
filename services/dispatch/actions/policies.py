"""SLA policies and the calendar: what masterdata administrators set.

A change counts from the next computation of a ticket's deadlines; it moves no deadline by itself.
"""

from holidays import list_supported_countries
from sqlalchemy.dialects.postgresql import insert

from chassis.actors import require_all
from chassis.errors import Conflict, Invalid, NotFound
from chassis.ids import new_id
from chassis.versions import change_row, require_version
from services.dispatch import queries
from services.dispatch.actions.names import require_known
from services.dispatch.domain.business_hours import calendar_of
from services.dispatch.models import BusinessCalendar, SLAPolicy, Usergroup


def create_sla_policy(work, actor, name, usergroup_id, targets):
    """Add the policy of a usergroup.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `usergroup_not_found`.
    :raises Conflict: `sla_policy_exists`.
    """
    require_all(actor, "sla.write")
    require_known(work, Usergroup, usergroup_id, "usergroup_id")
    policy_id = new_id()
    policy = {"id": policy_id, "name": name, "usergroup_id": usergroup_id, "targets": targets, "version": 1}
    statement = insert(SLAPolicy).values(policy).on_conflict_do_nothing(index_elements=["usergroup_id"])
    if work.session.execute(statement).rowcount == 0:
        raise Conflict("sla_policy_exists", "This usergroup has a policy; change that one.")
    return work.session.get(SLAPolicy, policy_id)


def list_sla_policies(work, actor, cursor, limit):
    """Return a page of the policies, the default first.

    :raises Forbidden: `not_allowed`.
    :raises Invalid: `cursor_invalid`.
    """
    require_all(actor, "sla.write")
    return queries.sla_policies(work, cursor, limit)


def change_sla_policy(work, actor, sla_policy_id, if_version, **changes):
    """Change the name or the targets of a policy.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `sla_policy_not_found`.
    :raises Stale: `version_stale`.
    """
    require_all(actor, "sla.write")
    policy = work.session.get(SLAPolicy, sla_policy_id, with_for_update=True)
    if policy is None:
        raise NotFound("sla_policy_not_found", "There is no such SLA policy.")
    require_version(policy, if_version)
    change_row(policy, changes)
    return policy


def business_calendar(work, actor):
    """Return the calendar.

    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "sla.write")
    return queries.calendar_settings(work)


def change_business_calendar(work, actor, if_version, **changes):
    """Change the zone, the hours or the holidays.

    :raises Forbidden: `not_allowed`.
    :raises Stale: `version_stale`.
    :raises Invalid: `calendar_invalid`.
    """
    require_all(actor, "sla.write")
    settings = work.session.get(BusinessCalendar, 1, with_for_update=True)
    if changes.get("holidays_country") not in {None, *list_supported_countries()}:
        raise _calendar_invalid("holidays_country", "The public holidays of this country are not known.")
    try:
        calendar_of(settings.time_zone, changes.get("hours", settings.hours))
    except ValueError as error:
        raise _calendar_invalid("hours", str(error)) from error
    require_version(settings, if_version)
    change_row(settings, changes)
    return settings


def _calendar_invalid(field, sentence):
    return Invalid("calendar_invalid", sentence, {"fields": {field: [sentence]}})
