"""Routing rules, SLA policies and the calendar as administrators set them."""

import pytest
from marshmallow import ValidationError

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, NotHereYet, Stale
from chassis.ids import new_id
from chassis.testing import an_actor, told
from services.dispatch.contract.arguments import CalendarChange, NewRoutingRule, NewSLAPolicy, SLAPolicyChange
from services.dispatch.models import RoutingRule
from tests.actions.dispatch.given import (
    ADMIN,
    a_category,
    a_mailbox,
    a_site,
    a_usergroup,
    answered,
    ask,
    everything,
    kept,
    refused,
)

TARGETS = {
    priority: {"first_response_minutes": 30, "resolution_minutes": 60}
    for priority in ("low", "normal", "high", "urgent")
}
OFFICE = {"monday": [{"opens": "08:00", "closes": "18:00"}]}


def a_rule(work, **particulars):
    """Let an administrator make a rule; return it."""
    return ask(work, ADMIN, "create_routing_rule", **({"name": "Rule", "then": {"priority": "high"}} | particulars))


def test_a_rule_as_it_is_answered(work):
    """With the conditions and results that were given, and nothing told: rules are dispatch's own."""
    group, category, site, mailbox = a_usergroup(work), a_category(work), a_site(work), a_mailbox(work)
    conditions = {"category": category, "site": site, "mailbox": mailbox, "words": ["lift"], "language": "en"}
    then = {"usergroup_id": group, "category_id": category}
    rule = a_rule(work, name="Lifts", position=4, conditions=conditions, then=then)
    assert answered("create_routing_rule", rule) == {
        "id": str(rule.id),
        "name": "Lifts",
        "position": 4,
        "conditions": {
            "category": str(category),
            "site": str(site),
            "mailbox": str(mailbox),
            "words": ["lift"],
            "language": "en",
        },
        "then": {"usergroup_id": str(group), "category_id": str(category)},
        "active": True,
        "version": 1,
    }
    assert told(work) == []


def test_a_changed_rule_keeps_what_is_given_alone(work):
    """As a new one: what is left out is neither a condition nor a result of it."""
    rule, group, site = a_rule(work, conditions={"language": "en"}), a_usergroup(work), a_site(work)
    changes = {"conditions": {"site": site}, "then": {"usergroup_id": group}}
    ask(work, ADMIN, "change_routing_rule", routing_rule_id=rule.id, **changes)
    row = kept(work, RoutingRule, rule.id)
    assert (row.conditions, row.then) == ({"site": str(site)}, {"usergroup_id": str(group)})


def test_without_a_position_a_rule_is_the_last(work):
    """After the highest position there is."""
    assert [a_rule(work).position, a_rule(work, position=40).position, a_rule(work).position] == [1, 40, 41]


def order_of(work):
    """Return `(name, position)` of the rules in the order in which they are listed, which is that of being asked."""
    return [(rule.name, rule.position) for rule in ask(work, ADMIN, "list_routing_rules")["items"]]


def test_a_rule_at_a_position_that_is_taken_goes_before_the_one_there(work):
    """Those behind it make room, as far as there is none, and have changed for whoever has read them."""
    first, second, far = (
        a_rule(work, name=name, position=at) for name, at in (("lift", 1), ("heating", 2), ("far", 9))
    )
    a_rule(work, name="site", position=1)
    assert order_of(work) == [("site", 1), ("lift", 2), ("heating", 3), ("far", 9)]
    assert (first.version, second.version, far.version) == (2, 2, 1)
    assert told(work) == []


def test_a_rule_that_is_moved_to_a_position_that_is_taken_goes_before_the_one_there(work):
    """To the front, to the back, and to where it is already."""
    lift, heating, site = (a_rule(work, name=name) for name in ("lift", "heating", "site"))
    move = {"routing_rule_id": site.id, "position": 1}
    assert ask(work, ADMIN, "change_routing_rule", if_version=1, **move).version == 2
    assert order_of(work) == [("site", 1), ("lift", 2), ("heating", 3)]
    assert ask(work, ADMIN, "change_routing_rule", **move).version == 2
    ask(work, ADMIN, "change_routing_rule", routing_rule_id=lift.id, position=3, name="lifts")
    assert order_of(work) == [("site", 1), ("lifts", 3), ("heating", 4)]
    with refused(work, Stale, "version_stale"):
        ask(work, ADMIN, "change_routing_rule", routing_rule_id=heating.id, if_version=1, position=1)


@pytest.mark.parametrize(
    ("particulars", "field"),
    [
        ({"then": {"usergroup_id": new_id()}}, "then.usergroup_id"),
        ({"then": {"category_id": new_id()}}, "then.category_id"),
        ({"conditions": {"category": new_id()}}, "conditions.category"),
        ({"conditions": {"site": new_id()}}, "conditions.site"),
        ({"conditions": {"mailbox": new_id()}}, "conditions.mailbox"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_exist(work, particulars, field):
    """Refused with the path of the argument, in a new rule and in a changed one."""
    rule = a_rule(work)
    outer, inner = field.split(".")
    code = f"{inner.removesuffix('_id')}_not_found"
    with refused(work, NotFound, code) as refusal:
        a_rule(work, **particulars)
    sentence = "Names nothing that exists and is in use."
    assert refusal.value.context == {"fields": {outer: {inner: [sentence]}}}
    with refused(work, NotFound, code):
        ask(work, ADMIN, "change_routing_rule", routing_rule_id=rule.id, **particulars)


def test_what_is_no_longer_in_use(work):
    """Inactive things are named by no rule."""
    for then in (
        {"usergroup_id": a_usergroup(work, active=False)},
        {"category_id": a_category(work, active=False)},
    ):
        with refused(work, NotFound, f"{next(iter(then)).removesuffix('_id')}_not_found"):
            a_rule(work, then=then)
    for conditions in ({"site": a_site(work, active=False)}, {"mailbox": a_mailbox(work, active=False)}):
        with refused(work, NotFound, f"{next(iter(conditions))}_not_found"):
            a_rule(work, conditions=conditions)


def test_words_without_a_word(work):
    """They would match everything."""
    with refused(work, Invalid, "words_invalid"):
        a_rule(work, conditions={"words": ["lift", "!?"]})


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "Rule", "then": {}},
        {"name": "Rule", "then": {"usergroup_id": None}},
        {"name": " ", "then": {"priority": "high"}},
        {"name": "Rule\nBcc: x", "then": {"priority": "high"}},
        {"name": "Rule", "then": {"priority": "highest"}},
        {"name": "Rule", "then": {"priority": "high"}, "conditions": {"colour": "red"}},
        {"name": "Rule", "then": {"priority": "high"}, "conditions": {"language": "klingon"}},
        {"name": "Rule", "then": {"priority": "high"}, "conditions": {"language": "it"}},
        {"name": "Rule", "then": {"priority": "high"}, "conditions": {"words": ["x\x00"]}},
        {"name": "Rule", "then": {"priority": "high"}, "conditions": {"words": ["x"] * 51}},
        {"name": "Rule", "then": {"priority": "high"}, "position": 0},
        {"name": "Rule", "then": {"priority": "high"}, "position": "first"},
        {"name": "Rule", "then": {"priority": "high"}, "position": 1.5},
        {"name": "Rule"},
    ],
)
def test_what_is_no_rule(arguments):
    """The contract refuses it before anything is looked at."""
    with pytest.raises(ValidationError):
        NewRoutingRule().load(arguments)


def test_changing_a_rule(work):
    """What is given is replaced; the version grows where that makes a difference."""
    rule = a_rule(work, conditions={"channel": "mail"})
    change = {"routing_rule_id": rule.id, "name": "Other", "conditions": {"language": "fr"}, "active": False}
    changed = ask(work, ADMIN, "change_routing_rule", if_version=1, **change)
    assert (changed.name, changed.conditions, changed.active, changed.version) == (
        "Other",
        {"language": "fr"},
        False,
        2,
    )
    assert changed.then == {"priority": "high"}
    assert ask(work, ADMIN, "change_routing_rule", **change).version == 2


def test_refused_changes(work):
    """Of what is not there, and of what somebody else has changed meanwhile."""
    rule = a_rule(work)
    with refused(work, NotFound, "routing_rule_not_found"):
        ask(work, ADMIN, "change_routing_rule", routing_rule_id=new_id(), name="Other")
    with refused(work, Stale, "version_stale"):
        ask(work, ADMIN, "change_routing_rule", routing_rule_id=rule.id, if_version=7, name="Other")


def test_pages_of_rules(work):
    """In the order in which they are tried, each once, with a cursor until the end."""
    rules = [a_rule(work, position=position) for position in (20, 11, 22, 13, 30)]
    wanted = [rules[number].id for number in (1, 3, 0, 2, 4)]
    seen, cursor = [], None
    while cursor is not None or not seen:
        page = ask(work, ADMIN, "list_routing_rules", cursor=cursor, limit=2)
        seen += [rule.id for rule in page["items"]]
        cursor = page["next_cursor"]
    assert seen == wanted


@pytest.mark.parametrize("cursor", ["x", "1", "1:x", "-1:" + str(new_id()), "99999999:" + str(new_id()), "'"])
def test_no_cursor_of_ours(work, cursor):
    """Refused by name."""
    with refused(work, Invalid, "cursor_invalid"):
        ask(work, ADMIN, "list_routing_rules", cursor=cursor)


@pytest.mark.parametrize("scope", ["own", "assigned", "group", "organisation"])
def test_a_right_for_less_than_the_whole_desk(work, scope):
    """Rules and policies bind everybody, so nothing less than `all` sets or reads them."""
    group = a_usergroup(work)
    actor = an_actor(rights={"routing.write": scope, "sla.write": scope}, serves=[group])
    rule, policy = a_rule(work), a_policy(work, a_usergroup(work))
    for method, arguments in (
        ("create_routing_rule", {"name": "Rule", "then": {"usergroup_id": group}}),
        ("list_routing_rules", {}),
        ("change_routing_rule", {"routing_rule_id": rule.id, "active": False}),
        ("create_sla_policy", {"name": "Ours", "usergroup_id": group, "targets": TARGETS}),
        ("list_sla_policies", {}),
        ("change_sla_policy", {"sla_policy_id": policy.id, "name": "Ours"}),
        ("business_calendar", {}),
        ("change_business_calendar", {"time_zone": "Europe/London"}),
    ):
        with refused(work, Forbidden, "not_allowed"):
            ask(work, actor, method, **arguments)


def a_policy(work, usergroup_id, name="Emergencies"):
    """Let an administrator make a policy; return it."""
    return ask(work, ADMIN, "create_sla_policy", name=name, usergroup_id=usergroup_id, targets=TARGETS)


def test_policies_are_listed_the_default_first(work):
    """The seeded one has no usergroup."""
    group = a_usergroup(work)
    policy = a_policy(work, group)
    first, second = answered("list_sla_policies", ask(work, ADMIN, "list_sla_policies"))["items"]
    assert (first["name"], first["usergroup_id"]) == ("Standard", None)
    assert first["targets"]["urgent"] == {"first_response_minutes": 60, "resolution_minutes": 480}
    assert second == {
        "id": str(policy.id),
        "name": "Emergencies",
        "usergroup_id": str(group),
        "targets": TARGETS,
        "version": 1,
    }
    page = ask(work, ADMIN, "list_sla_policies", limit=1)
    rest = ask(work, ADMIN, "list_sla_policies", cursor=page["next_cursor"])
    assert ([row.id for row in rest["items"]], rest["next_cursor"]) == ([policy.id], None)


def test_one_policy_a_usergroup(work):
    """A second one is refused, as is one for a usergroup that is not there."""
    group = a_usergroup(work)
    a_policy(work, group)
    with refused(work, Conflict, "sla_policy_exists"):
        a_policy(work, group, name="Other")
    with refused(work, NotHereYet, "usergroup_not_found"):
        a_policy(work, new_id())


def test_changing_a_policy(work):
    """Name or targets; its usergroup stays."""
    policy = a_policy(work, a_usergroup(work))
    changed = ask(work, ADMIN, "change_sla_policy", sla_policy_id=policy.id, if_version=1, name="Other")
    assert (changed.name, changed.targets, changed.version) == ("Other", TARGETS, 2)
    with refused(work, Stale, "version_stale"):
        ask(work, ADMIN, "change_sla_policy", sla_policy_id=policy.id, if_version=1, name="Third")
    with refused(work, NotFound, "sla_policy_not_found"):
        ask(work, ADMIN, "change_sla_policy", sla_policy_id=new_id(), name="Third")


@pytest.mark.parametrize(
    "targets",
    [
        {},
        {name: target for name, target in TARGETS.items() if name != "low"},
        TARGETS | {"extreme": TARGETS["low"]},
        TARGETS | {"low": {"first_response_minutes": 0, "resolution_minutes": 60}},
        TARGETS | {"low": {"first_response_minutes": 30}},
        TARGETS | {"low": {"first_response_minutes": 30, "resolution_minutes": 100_001}},
    ],
    ids=["none", "one is missing", "one too many", "no time", "half", "years"],
)
def test_what_are_no_targets(targets):
    """All four priorities, both times, each possible."""
    with pytest.raises(ValidationError):
        NewSLAPolicy().load({"name": "Policy", "usergroup_id": str(new_id()), "targets": targets})


@pytest.mark.parametrize(("schema", "of"), [(NewSLAPolicy, "usergroup_id"), (SLAPolicyChange, "sla_policy_id")])
def test_a_resolution_due_before_the_first_response(schema, of):
    """Refused at the priority that has it; both at once are fine."""
    wrong = TARGETS | {"low": {"first_response_minutes": 61, "resolution_minutes": 60}}
    given = {"name": "Policy", of: str(new_id())}
    with pytest.raises(ValidationError) as refusal:
        schema().load({**given, "targets": wrong})
    sentence = "A ticket is not resolved before its first response."
    assert refusal.value.messages == {"targets": {"low": {"resolution_minutes": [sentence]}}}
    at_once = TARGETS | {"low": {"first_response_minutes": 60, "resolution_minutes": 60}}
    assert schema().load({**given, "targets": at_once})["targets"] == at_once


def test_the_calendar(work):
    """Seeded for Paris, Monday to Friday from eight to six; changed as a whole or in part."""
    seeded = answered("business_calendar", ask(work, ADMIN, "business_calendar"))
    day = [{"opens": "08:00", "closes": "18:00"}]
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    hours = dict.fromkeys(weekdays, day)
    assert seeded == {"time_zone": "Europe/Paris", "hours": hours, "holidays_country": None, "version": 1}
    changed = ask(work, ADMIN, "change_business_calendar", hours=OFFICE, holidays_country="DE", if_version=1)
    assert answered("business_calendar", changed) == {
        "time_zone": "Europe/Paris",
        "hours": OFFICE,
        "holidays_country": "DE",
        "version": 2,
    }
    cleared = ask(work, ADMIN, "change_business_calendar", holidays_country=None)
    assert (cleared.holidays_country, cleared.version) == (None, 3)
    assert ask(work, ADMIN, "change_business_calendar").version == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": {}}, "hours"),
        ({"hours": {"monday": [{"opens": "18:00", "closes": "08:00"}]}}, "hours"),
        ({"hours": {"monday": OFFICE["monday"] * 2}}, "hours"),
        ({"holidays_country": "XX"}, "holidays_country"),
    ],
    ids=["never open", "backwards", "overlapping", "no such country"],
)
def test_a_calendar_that_makes_no_sense(work, changes, field):
    """Refused with a sentence at its field."""
    with refused(work, Invalid, "calendar_invalid") as refusal:
        ask(work, ADMIN, "change_business_calendar", **changes)
    assert list(refusal.value.context["fields"]) == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../../etc/passwd"},
        {"hours": {"someday": []}},
        {"hours": {"monday": [{"opens": "8:00", "closes": "18:00"}]}},
        {"hours": {"monday": [{"opens": "08:00", "closes": "24:01"}]}},
        {"holidays_country": "fr"},
    ],
)
def test_what_is_no_calendar(changes):
    """The contract refuses it before anything is looked at."""
    with pytest.raises(ValidationError):
        CalendarChange().load(changes)


def test_another_version_of_the_calendar(work):
    """Two administrators at once: the second reads again."""
    before = everything(work)
    with refused(work, Stale, "version_stale"):
        ask(work, ADMIN, "change_business_calendar", if_version=2, time_zone="Europe/London")
    assert everything(work) == before
