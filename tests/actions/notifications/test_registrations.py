"""Mails about registration: whoever typed the address in, its owner decides."""

from datetime import timedelta

import pytest

from chassis.testing import told
from services.notifications import actions
from tests.actions.notifications.given import (
    RESIDENT,
    SETTINGS,
    Sink,
    a_mailbox,
    deliveries,
    html_of,
    registration,
    send_all,
    text_of,
)

SUBJECTS = {
    "fr": ("Confirmez votre adresse", "Vous avez déjà un compte"),
    "en": ("Confirm your address", "You already have an account"),
    "es": ("Confirme su dirección", "Ya tiene una cuenta"),
    "de": ("Bestätigen Sie Ihre Adresse", "Sie haben bereits ein Konto"),
}


def hear(work, fact):
    """Handle `RegistrationRequested`; return it."""
    actions.write_registration(work, fact, SETTINGS)
    return fact


@pytest.mark.parametrize("language", SUBJECTS)
def test_a_new_address_gets_a_link_to_confirm_it(work, language):
    """The link proves address and person, and nothing that was typed in is in the mail."""
    fact = hear(work, registration(language=language))
    sender = Sink()
    (mail,) = send_all(work, sender)
    token = SETTINGS.links.sign("confirm-registration", f"{fact.data['person_id']}:{RESIDENT}")
    link = f"https://desk.example/api/v1/public/registrations/{token}"
    assert mail["Subject"] == SUBJECTS[language][0]
    assert f"\n{link}\n" in text_of(mail)
    assert f'<a href="{link}">' in html_of(mail)
    assert (mail["Reply-To"], mail["References"], mail["To"]) == (None, None, RESIDENT)
    assert (mail["Auto-Submitted"], sender.mails[0].sender) == ("auto-generated", "")
    assert "pills" not in mail.as_string()
    assert "##-" not in text_of(mail)


@pytest.mark.parametrize("language", SUBJECTS)
def test_a_known_address_is_told_that_it_has_an_account(work, language):
    """Without a link that would open anything."""
    hear(work, registration(already_registered=True, language=language))
    (mail,) = send_all(work)
    assert mail["Subject"] == SUBJECTS[language][1]
    assert "\nhttps://desk.example\n" in text_of(mail)
    assert "registrations/" not in mail.as_string()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fr", "Merci de ne pas y répondre\N{NO-BREAK SPACE}: personne ne lit cette adresse."),
        ("en", "Please do not reply: nobody reads this address."),
        ("es", "No responda, por favor: nadie lee esta dirección."),
        ("de", "Bitte antworten Sie nicht darauf: Diese Adresse liest niemand."),
    ],
)
def test_where_nobody_reads_an_answer_the_mail_says_so(work, language, sentence):
    """There is no conversation yet that it could belong to."""
    hear(work, registration(language=language))
    (mail,) = send_all(work)
    assert mail["From"] == "Fielddesk <no-reply@desk.example>"
    assert text_of(mail).endswith(f" {sentence}\n") and sentence in html_of(mail)


def test_the_only_mailbox_of_a_desk_asks_and_takes_answers(work):
    """As the mail is from it, nothing forbids them."""
    a_mailbox(work)
    hear(work, registration(language="en"))
    (mail,) = send_all(work)
    assert (mail["From"], mail["Reply-To"]) == ("Heating desk <heating@desk.example>", None)
    assert text_of(mail).endswith("\n-- \nThis message was sent automatically.\n")


def test_an_address_gets_three_such_mails_an_hour(work):
    """Anybody may type in anybody's address."""
    for known in (False, True, False, True):
        hear(work, registration(already_registered=known))
    assert deliveries(work, "state, error") == [("waiting", None)] * 3 + [("cancelled", "budget_spent")]
    work.now += timedelta(hours=1)
    hear(work, registration())
    assert deliveries(work, "state")[-1] == ("waiting",)


def test_the_same_fact_twice_is_one_mail(work):
    """The Message-ID stays as well."""
    fact = hear(work, registration())
    hear(work, fact)
    ((message_id,),) = deliveries(work, "message_id")
    (mail,) = send_all(work)
    assert mail["Message-ID"] == message_id
    assert told(work)[0][1]["ticket_id"] is None
