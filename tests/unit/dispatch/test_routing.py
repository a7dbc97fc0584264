"""Which rule applies, and what a ticket gets from rule, intake, category and site."""

from uuid import UUID

import pytest

from services.dispatch.domain.routing import Defaults, Report, Rule, first_rule, folded, making_room, outcome

HEATING, LIFTS, CLEANING, CARETAKERS, RETIRED = (UUID(int=number) for number in range(1, 6))
FAULT, QUESTION, NOISE = (UUID(int=number) for number in range(11, 14))
ESTATE, BUILDING, FLAT, OTHER_SITE = (UUID(int=number) for number in range(21, 25))
MAILBOX, OTHER_MAILBOX = UUID(int=31), UUID(int=32)


def a_report(**particulars):
    """Return a mail about the heating of a flat; what matters to a test is given."""
    plain = {
        "subject": "Panne de chauffage",
        "description": "Bonjour,\nle radiateur est froid depuis l'été dernier.",
        "channel": "mail",
        "priority": "normal",
        "language": "fr",
        "site_path": frozenset({ESTATE, BUILDING, FLAT}),
        "mailbox": MAILBOX,
        "intake": "mailbox",
    }
    return Report(**(plain | particulars))


def a_rule(conditions=None, name="Rule", **result):
    """Return a rule; without conditions it applies always."""
    return Rule(UUID(int=99), 1, name, conditions or {}, result or {"priority": "high"})


DEFAULTS = Defaults(usable=frozenset({HEATING, LIFTS, CLEANING, CARETAKERS}))


@pytest.mark.parametrize(
    ("conditions", "applies"),
    [
        ({}, True),
        ({"category": None, "words": []}, True),
        ({"channel": "mail"}, True),
        ({"channel": "webform"}, False),
        ({"mailbox": MAILBOX}, True),
        ({"mailbox": OTHER_MAILBOX}, False),
        ({"language": "FR"}, True),
        ({"language": "en"}, False),
        ({"priority": "normal"}, True),
        ({"priority": "urgent"}, False),
        ({"site": FLAT}, True),
        ({"site": ESTATE}, True),
        ({"site": OTHER_SITE}, False),
        ({"category": FAULT}, False),
        ({"words": ["chauffage"]}, True),
        ({"words": ["CHAUFFAGE"]}, True),
        ({"words": ["ete"]}, True),
        ({"words": ["chauff"]}, False),
        ({"words": ["ascenseur", "radiateur"]}, True),
        ({"words": ["radiateur est froid"]}, True),
        ({"words": ["froid radiateur"]}, False),
        ({"words": ["chauffage bonjour"]}, True),
        ({"words": ["l'ete"]}, True),
        ({"channel": "mail", "words": ["ascenseur"]}, False),
        ({"channel": "mail", "language": "fr", "mailbox": MAILBOX, "site": BUILDING}, True),
    ],
)
def test_every_condition_must_hold(conditions, applies):
    """Each alone, and several together; words are whole, without case and accents, any of them."""
    rule = a_rule(conditions)
    assert first_rule([rule], a_report()) is (rule if applies else None)


def test_the_category_is_the_chosen_one_or_the_mailboxes():
    """A condition on the category looks at what a person chose before what the mailbox suggests."""
    rule = a_rule({"category": FAULT})
    assert first_rule([rule], a_report(suggested_category=FAULT)) is rule
    assert first_rule([rule], a_report(category=QUESTION, suggested_category=FAULT)) is None


def test_the_first_rule_wins():
    """Rules are tried in their order; the rest is not looked at."""
    first, second = a_rule({"channel": "webform"}, name="first"), a_rule(name="second")
    third = a_rule(name="third")
    assert first_rule([first, second, third], a_report()) is second


def test_a_place_without_site_matches_no_site():
    """A ticket without a site is in no building."""
    assert first_rule([a_rule({"site": ESTATE})], a_report(site_path=frozenset())) is None


ALL = {
    "suggested_usergroup": LIFTS,
    "suggested_category": FAULT,
}
ALL_DEFAULTS = Defaults(usable=DEFAULTS.usable, of_category={FAULT: CLEANING, QUESTION: CLEANING}, of_site=CARETAKERS)


@pytest.mark.parametrize(
    ("report", "rule", "defaults", "usergroup", "reason"),
    [
        (a_report(usergroup=RETIRED, **ALL), a_rule(usergroup_id=HEATING), ALL_DEFAULTS, RETIRED, "chosen"),
        (a_report(**ALL), a_rule(usergroup_id=HEATING), ALL_DEFAULTS, HEATING, "rule"),
        (a_report(**ALL), a_rule(usergroup_id=RETIRED), ALL_DEFAULTS, LIFTS, "mailbox"),
        (a_report(**ALL), None, ALL_DEFAULTS, LIFTS, "mailbox"),
        (a_report(intake="webform", **ALL), None, ALL_DEFAULTS, LIFTS, "webform"),
        (a_report(suggested_category=FAULT), None, ALL_DEFAULTS, CLEANING, "category"),
        (a_report(category=QUESTION), None, ALL_DEFAULTS, CLEANING, "category"),
        (a_report(category=NOISE), None, ALL_DEFAULTS, CARETAKERS, "site"),
        (a_report(), a_rule(category_id=FAULT), ALL_DEFAULTS, CLEANING, "category"),
        (a_report(), None, ALL_DEFAULTS, CARETAKERS, "site"),
        (a_report(), None, DEFAULTS, None, "none"),
        (a_report(), a_rule(priority="high"), DEFAULTS, None, "rule"),
        (a_report(suggested_usergroup=RETIRED), None, DEFAULTS, None, "none"),
    ],
    ids=[
        "a person's choice stays, whatever group it is",
        "a rule beats the mailbox",
        "a rule's retired usergroup is passed over",
        "a mailbox beats category and site",
        "so does a webform",
        "the mailbox's category has a usergroup",
        "the chosen category has a usergroup",
        "a category without one leaves it to the site",
        "a rule's category has a usergroup",
        "a site's usergroup comes last",
        "nothing gives one",
        "a rule that gives none is still the reason",
        "a retired usergroup is none",
    ],
)
def test_where_the_usergroup_comes_from(report, rule, defaults, usergroup, reason):
    """In the order of the design, and told with its reason."""
    routed = outcome(report, rule, defaults)
    assert (routed.usergroup, routed.reason, routed.rule) == (usergroup, reason, rule)


@pytest.mark.parametrize(
    ("report", "rule", "category"),
    [
        (a_report(category=QUESTION, suggested_category=FAULT), a_rule(category_id=NOISE), QUESTION),
        (a_report(suggested_category=FAULT), a_rule(category_id=NOISE), NOISE),
        (a_report(suggested_category=FAULT), None, FAULT),
        (a_report(suggested_usergroup=LIFTS), None, NOISE),
        (a_report(suggested_usergroup=HEATING), None, None),
    ],
    ids=["chosen", "rule", "mailbox", "default of the usergroup", "nothing"],
)
def test_where_the_category_comes_from(report, rule, category):
    """Chosen, rule, mailbox, and at last the default category of the usergroup."""
    defaults = Defaults(usable=DEFAULTS.usable, categories={LIFTS: NOISE, HEATING: None})
    assert outcome(report, rule, defaults).category == category


@pytest.mark.parametrize(
    ("report", "rule", "category", "usergroup"),
    [
        (a_report(category=FAULT, suggested_category=QUESTION), None, FAULT, CLEANING),
        (a_report(suggested_category=QUESTION), a_rule(category_id=FAULT), QUESTION, LIFTS),
        (a_report(suggested_category=FAULT), None, None, None),
    ],
    ids=["chosen, it stays", "a rule's is passed over", "so is the mailbox's"],
)
def test_a_category_that_is_closed(report, rule, category, usergroup):
    """It is no new ticket's, nor is its usergroup."""
    defaults = Defaults(
        usable=DEFAULTS.usable, closed=frozenset({FAULT}), of_category={FAULT: CLEANING, QUESTION: LIFTS}
    )
    routed = outcome(report, rule, defaults)
    assert (routed.category, routed.usergroup) == (category, usergroup)


@pytest.mark.parametrize(
    ("report", "rule", "priority"),
    [
        (a_report(priority="low", priority_chosen=True), a_rule(priority="urgent"), "low"),
        (a_report(priority="low"), a_rule(priority="urgent"), "urgent"),
        (a_report(priority="low"), a_rule(usergroup_id=HEATING), "low"),
        (a_report(priority="low"), None, "low"),
    ],
    ids=["chosen", "rule", "a rule that does not say", "no rule"],
)
def test_where_the_priority_comes_from(report, rule, priority):
    """A rule sets it where no person has."""
    assert outcome(report, rule, DEFAULTS).priority == priority


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Là-haut, ÉTÉ!", " la haut ete "),
        ("Straße", " strasse "),
        ("NŒUD et nœud, ex æquo", " noeud et noeud ex aequo "),
        ("  a\n\tb ", " a b "),
        ("?!", " "),
        ("", " "),
        ("電梯壞了", " 電梯壞了 "),
    ],
)
def test_words_of_a_text(text, words):
    """Letters and digits only, without case and accents."""
    assert folded(text) == words


def test_rules_make_room_as_far_as_there_is_none():
    """Those that shared a position until now get one each."""
    assert making_room(1, []) == {}
    assert making_room(1, [("a", 2), ("b", 3)]) == {}
    assert making_room(1, [("a", 1), ("b", 2), ("c", 9)]) == {"a": 2, "b": 3}
    assert making_room(1, [("a", 1), ("b", 1), ("c", 2), ("d", 5)]) == {"a": 2, "b": 3, "c": 4}
