"""Invitations: who invites whom to which desk, and the link behind which they choose their password."""

from datetime import timedelta

import pytest

from chassis.testing import MONDAY, told
from services.notifications import actions
from tests.actions.notifications.given import SETTINGS, Sink, deliveries, html_of, invitation, send_all, text_of

SUBJECTS = {
    "fr": "Ada Admin vous invite à utiliser Fielddesk",
    "en": "Ada Admin invites you to use Fielddesk",
    "es": "Ada Admin le invita a usar Fielddesk",
    "de": "Ada Admin lädt Sie zu Fielddesk ein",
}


def hear(work, fact):
    """Handle `PersonInvited`; return it."""
    actions.write_invitation(work, fact, SETTINGS)
    return fact


def link_of(fact, invited_at=""):
    """Return the link that an invitation's mail must have."""
    named = f"{fact.data['person_id']}:wim@provider.example{invited_at}"
    return f"https://desk.example/api/v1/public/registrations/{SETTINGS.links.sign('confirm-registration', named)}"


@pytest.mark.parametrize("language", SUBJECTS)
def test_an_invitation_names_who_invites_the_desk_and_the_link(work, language):
    """In the language of the person; a bounce or an answer has no conversation to go to."""
    fact = hear(work, invitation(language=language))
    sender = Sink()
    (mail,) = send_all(work, sender)
    link = link_of(fact, f":{MONDAY.isoformat()}")
    assert (mail["Subject"], mail["To"]) == (SUBJECTS[language], "Wim Worker <wim@provider.example>")
    assert f"\n{link}\n" in text_of(mail) and "\nhttps://desk.example\n" in text_of(mail)
    assert f'<a href="{link}">' in html_of(mail)
    assert (mail["Reply-To"], mail["References"], mail["Auto-Submitted"]) == (None, None, "auto-generated")
    assert sender.mails[0].sender == ""
    assert "##-" not in text_of(mail)
    assert told(work)[-1][1]["kind"] == "invitation"


def test_what_somebody_is_called_is_text(work):
    """Names are what users have typed in."""
    hear(work, invitation(language="en", invited_by="<b>Eve</b>\nBcc: all@homes.example"))
    (mail,) = send_all(work)
    assert mail["Subject"] == "<b>Eve</b> Bcc: all@homes.example invites you to use Fielddesk"
    assert mail["Bcc"] is None
    assert "&lt;b&gt;Eve&lt;/b&gt;" in html_of(mail) and "<b>" not in html_of(mail)


def test_an_invitation_is_mailed_once(work):
    """Told twice, under whichever id, it is one mail; the link is in no row."""
    hear(work, invitation())
    hear(work, invitation())
    assert deliveries(work, "kind, recipient, inputs") == [
        ("invitation", "wim@provider.example", {"author": "Ada Admin", "invited_at": MONDAY.isoformat()})
    ]


def test_whoever_is_invited_once_more_is_mailed_once_more(work):
    """By whoever invites them now, with a link of its own."""
    first = hear(work, invitation())
    later = MONDAY + timedelta(days=1)
    again = hear(work, invitation(language="de", invited_by="Ben Boss", invited_at=later))
    mails = send_all(work)
    assert [mail["Subject"] for mail in mails] == [SUBJECTS["fr"], "Ben Boss lädt Sie zu Fielddesk ein"]
    links = [link_of(first, f":{MONDAY.isoformat()}"), link_of(again, f":{later.isoformat()}")]
    assert [[link in text_of(mail) for link in links] for mail in mails] == [[True, False], [False, True]]


def test_what_a_version_before_told_is_mailed_with_its_link(work):
    """It did not say when."""
    fact = hear(work, invitation(invited_at=None))
    (mail,) = send_all(work)
    assert f"\n{link_of(fact)}\n" in text_of(mail)
