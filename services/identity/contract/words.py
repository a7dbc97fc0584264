"""The words that identity's contract is written in, and what the names of roles say about tickets."""

SITE_KINDS = ("property", "building", "unit")
#: Kinds of custom fields on usergroups.
FIELD_KINDS = ("text", "phone", "address", "url", "number", "date", "choice")
#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("people", "usergroups", "organisations", "sites")

#: The role of an organisation's people who see what happens at its sites.
CLIENT = "client"
#: The role of a contractor's people, with which somebody is given work orders.
EXTERNAL_AGENT = "external_agent"
#: Roles with which nobody answers for tickets: they read their own, their organisation's, or none, whatever list of
#: agents names them still. Copies of roles, which administrators make, are not among them.
NOT_ANSWERING = frozenset({"requester", CLIENT, "worker", "app_admin", "masterdata_admin"})
#: Roles of people who can be sent to interventions; copies of roles are not among them.
SENT = frozenset({"worker", EXTERNAL_AGENT})
#: Roles with which nobody supervises usergroups, whatever their lists say; copies of roles are not among them.
NOT_SUPERVISING = NOT_ANSWERING | {EXTERNAL_AGENT}


def may_answer_for_tickets(roles):
    """Whether somebody with these roles can be, or stay, the assignee of tickets.

    Who actually sees a ticket is decided by scopes, which only tokens carry; this is for what happens without
    the person: assigning, and telling them.

    :param roles: names.
    """
    return not NOT_ANSWERING.issuperset(roles)


def may_be_sent(roles):
    """Whether somebody with these roles can be, or stay, one of those who are sent to an intervention.

    :param roles: names.
    """
    return not SENT.isdisjoint(roles)


def may_supervise(roles):
    """Whether the list of a usergroup's supervisors counts for somebody with these roles: staff of the desk.

    :param roles: names.
    """
    return not NOT_SUPERVISING.issuperset(roles)
