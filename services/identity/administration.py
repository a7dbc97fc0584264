"""What is done to identity from the command line, beside its running processes."""

from marshmallow import ValidationError

from chassis.actors import system_actor
from chassis.clock import utcnow
from chassis.database import Database
from chassis.errors import Invalid
from services.identity.actions.people import create_person
from services.identity.contract import NewPerson
from services.identity.domain import ADMIN
from services.identity.passwords import Passwords


def create_admin(url, email, name, password, language="en"):
    """Make an administrator; the running service's relay tells it to the others. Return the person's id.

    :param url: of identity's database.
    :raises Conflict: `email_taken`.
    :raises Invalid: `input_invalid` with `context["fields"]`, `email_invalid`.
    :raises Unavailable: `database_away`.
    """
    given = {"email": email, "name": name, "password": password, "language": language, "role": ADMIN}
    try:
        arguments = NewPerson().load(given)
    except ValidationError as error:
        fields = {"fields": error.normalized_messages()}
        raise Invalid("input_invalid", "Some fields are not right.", fields) from error
    database = Database(url, pool_size=1)
    actor = system_actor("identity")
    try:
        with database.work(actor=actor, correlation_id="create-admin", now=utcnow()) as work:
            person = create_person(work, actor, passwords=Passwords(), **arguments)
            work.commit()
    finally:
        database.close()
    return person["id"]
