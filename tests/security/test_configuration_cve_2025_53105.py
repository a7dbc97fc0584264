"""CVE-2025-53105 (GLPI): whoever was no administrator could reorder the rules.

Here what configures the desk is for administrators, and the written table of roles says so, not the code that is
tried: all others are refused at each of its routes, with bodies that an administrator's request would be taken with.
"""

from chassis.ids import new_id
from services.identity.domain import ROLES
from tests.e2e.roles import written_table
from tests.security.desk import stranger
from tests.security.samples import a_body
from tests.security.ways import ways_of

ADMINISTRATORS = {"app_admin", "masterdata_admin", "admin"}


def configuring():
    """Return `{method: roles that may}` of what is for administrators alone."""
    allowed = {}
    for (method, role), may in written_table().items():
        allowed.setdefault(method, set()).update({role} if may else ())
    return {method: roles for method, roles in allowed.items() if roles <= ADMINISTRATORS}


def test_what_configures_the_desk_is_for_administrators():
    """Rules, policies, calendar, mailboxes, webforms, categories, kinds of work, people and places."""
    assert len(configuring()) == 30
    assert all("admin" in roles for roles in configuring().values())


def test_nobody_else_configures(whole):
    """403, nothing changed, nobody told; lists of settings are refused alike."""
    allowed, tried = configuring(), 0
    with whole.untouched():
        for role in ROLES.keys() - {"admin"}:
            caller = whole.as_(stranger(role))
            for way in ways_of(whole.app):
                if role in allowed.get(f"{way.service}.{way.method.name}", {role}):
                    continue
                body = None if way.verb == "GET" else a_body(way.takes)
                answer = caller.ask(way.verb, way.path_to(new_id()), json=body)
                assert (answer.status_code, answer.json["code"]) == (403, "not_allowed"), (role, str(way))
                tried += 1
    assert tried == sum(len(ROLES.keys() - roles) for roles in allowed.values())
