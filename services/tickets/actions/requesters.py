"""Who asks for a ticket: a person whom the directory knows, or a stranger, of whom there is an address at most."""

from chassis.ids import new_id
from chassis.languages import LANGUAGES
from services.tickets.domain import public_name
from services.tickets.party import Party

#: What is read of `people p` of who asks.
PERSON = "p.person_id, p.name AS person_name, p.email AS person_email, p.language AS person_language"
#: On `people p`: whether an address is theirs. Anybody can register any, so that it has to be confirmed; that of a
#: closed account is a stranger's. To be read under `participation.HOLD_ADDRESS`.
HAS_ADDRESS = "p.email = %(email)s AND p.active AND p.confirmed"


def asking_by_address(found, email, *, name, language, participant_id=None):
    """Return who asks by an address, as a participant: the person whose it is, else a stranger.

    :param found: row with the columns of `PERSON`.
    :param email: in its one form, or `None`.
    :param name: of a stranger, as they gave it; a person is called as in the directory, for anybody may claim any name.
    :param language: likewise.
    :param participant_id: minted elsewhere, if at all.
    """
    participant_id = participant_id or new_id()
    if found.person_id:
        return person_asking(found, participant_id)
    language = language if language in LANGUAGES else "en"
    return Party(email=email, name=public_name(name, email), language=language, participant_id=participant_id)


def person_asking(found, participant_id=None):
    """Return a person who asks, as a participant.

    :param found: row with the columns of `PERSON`.
    """
    return Party(
        participant_id=participant_id or new_id(),
        person_id=found.person_id,
        email=found.person_email,
        name=found.person_name,
        language=found.person_language,
    )
