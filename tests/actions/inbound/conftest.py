"""Fixtures of inbound's action tests."""

from uuid import UUID

import pytest

from chassis.actors import system_actor
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.inbound.models import Category, Mailbox, Site, Usergroup


@pytest.fixture
def work(work_of):
    """Return a `Work` on inbound's database at nine on a Monday."""
    return work_of("inbound", actor=system_actor("inbound"))


@pytest.fixture
def known(work):
    """Return ids of a usergroup, a category and a site that inbound has heard of."""
    ids = {"usergroup": new_id(), "category": new_id(), "site": new_id()}
    for kind, model in (("usergroup", Usergroup), ("category", Category), ("site", Site)):
        work.session.add(model(id=ids[kind], active=True, version=1))
    work.session.flush()
    return ids


@pytest.fixture
def mailbox(work):
    """Return an open mailbox with a group."""
    mailbox = Mailbox(
        id=new_id(),
        address="desk@desk.example",
        name="Desk",
        usergroup_id=UUID(int=7),
        category_id=None,
        language="de",
        active=True,
        version=1,
        created_at=MONDAY,
    )
    work.session.add(mailbox)
    return mailbox
