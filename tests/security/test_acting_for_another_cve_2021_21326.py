"""CVE-2021-21326 (GLPI): a ticket could be opened in the name of another person, by a field of the form.

Here whoever asks is whose token it is; to name another as requester or worker takes a right of its own, and is
refused rather than ignored, whether there is such a person or not.
"""

import pytest

from chassis.errors import Forbidden
from chassis.ids import new_id
from tests.actions.fieldwork import given as fieldwork
from tests.actions.tickets.given import refused


@pytest.mark.parametrize("who", ["resident", "client", "worker"])
def test_opening_a_ticket(desk, place, who):
    """Naming oneself is no matter."""
    actor = getattr(place, who)
    own = place.ticket(actor, requester=actor.person_id)
    assert own["requester"]["person_id"] == str(actor.person_id)
    refusals = []
    for person_id in (place.neighbour.person_id, place.agent.person_id, new_id()):
        with refused(desk, Forbidden, "not_allowed") as refusal:
            place.ticket(actor, requester=person_id)
        refusals.append(refusal.value.args)
    assert refusals == [refusals[0]] * 3


def test_the_author_of_a_message(desk, place):
    """Is whoever writes it: there is no field for another, and the name is identity's."""
    ticket = place.heating_ticket()
    place.write(ticket, place.resident, body="From: Ada Agent\n\nIt is mended.")
    (message,) = place.messages(ticket)
    assert (message["author"]["name"], message["author_role"]) == ("Rita Resident", "requester")
    (told,) = desk.told("MessageAdded")
    assert told["author"]["person_id"] == str(place.resident.person_id)


@pytest.mark.parametrize("role", ["worker", "external_agent"])
def test_clocking_in(work_of, role):
    """A worker clocks in themselves, nobody else of the same intervention."""
    work = work_of("fieldwork")
    worker, other = fieldwork.someone(role), fieldwork.someone(role)
    intervention = fieldwork.planned(work, worker, other)
    for worker_id in (other.person_id, new_id()):
        with fieldwork.refused(work, Forbidden, "not_allowed"):
            fieldwork.clock(work, worker, intervention, worker_id=worker_id)
    assert fieldwork.clock(work, worker, intervention, worker_id=worker.person_id)["worker"]["name"] == worker.name
