"""CVE-2025-53105 (GLPI): whoever was no administrator could reorder the rules.

Here every method that configures the desk goes by a permission of its own; all nine roles are tried at all of them,
over HTTP, with bodies that an administrator's request would be taken with.
"""

from chassis.ids import new_id
from services.identity.domain import ROLES
from tests.contracts.house import SERVICES, permissions_of
from tests.security.desk import stranger
from tests.security.samples import a_body
from tests.security.ways import ways_of

MASTERDATA, APP = {"masterdata_admin", "admin"}, {"app_admin", "admin"}
#: What configures the desk, and the only roles that may.
CONFIGURING = {
    "routing.write": MASTERDATA,
    "sla.write": MASTERDATA,
    "mailboxes.write": MASTERDATA,
    "service_types.write": MASTERDATA,
    "organisations.write": MASTERDATA,
    "sites.write": MASTERDATA,
    "categories.write": APP,
    "webforms.write": APP,
    "people.write": {"admin"},
}


def configuring_ways(whole, role):
    """Return the routes that configure something and are not for a role."""
    permissions = {service: permissions_of(service) for service in SERVICES}
    needed = [(way, permissions[way.service].get(way.method.name)) for way in ways_of(whole.app)]
    return [way for way, permission in needed if role not in CONFIGURING.get(permission, {role})]


def test_every_permission_to_write_is_for_administrators_or_known():
    """A new one is put on the list above, or among those that agents and managers use at their work."""
    written = {each for service in SERVICES for each in permissions_of(service).values() if each.endswith(".write")}
    assert written - CONFIGURING.keys() == {"usergroups.write", "work_orders.write"}


def test_nobody_else_configures(whole):
    """403, nothing changed, nobody told; lists of settings are refused alike."""
    with whole.untouched():
        for role in ROLES.keys() - {"admin"}:
            caller, ways = whole.as_(stranger(role)), configuring_ways(whole, role)
            assert len(ways) >= 9
            for way in ways:
                body = None if way.verb == "GET" else a_body(way.takes)
                answer = caller.ask(way.verb, way.path_to(new_id()), json=body)
                assert (answer.status_code, answer.json["code"]) == (403, "not_allowed"), (role, str(way))
