"""CVE-2024-49193 (Zendesk), by links: what a mail of ours opens for one person alone was quoted to all who take part.

An agent posted to the rating link that a resident's answer quoted, and so rated their own work.
"""

import pytest

from tests.actions.inbound.given import LINKS, PARTICIPANT
from tests.unit.inbound.mails import a_mail, read

QUOTED = """\
On Mon, 16 Nov 2026 at 10:00, Desk <desk@desk.example> wrote:
> How was it? https://desk.example/api/v1/public/satisfaction/{}
> Follow it: https://desk.example/api/v1/public/requests/{}

It is cold again.
"""


@pytest.mark.parametrize("headers", [{}, {"In_Reply_To": "<1@desk.example>"}], ids=["new", "answer"])
def test_links_that_are_quoted_open_nothing(headers):
    """The text is kept whole, as its answer stands below."""
    tokens = [LINKS.sign(purpose, str(PARTICIPANT)) for purpose in ("satisfaction", "follow")]
    said = read(a_mail(body=QUOTED.format(*tokens), **headers))
    assert said["body"] == said["new_text"] == QUOTED.format("...", "...").strip()


def test_nor_do_those_of_a_page():
    """Where HTML is all that a mail has."""
    token = LINKS.sign("satisfaction", str(PARTICIPANT))
    link = f"https://desk.example/api/v1/public/satisfaction/{token}"
    mail = a_mail()
    mail.set_content(f'<p>{link}</p><p><a href="{link}">rate</a> It is cold.</p>', subtype="html")
    said = read(mail)
    assert token not in str(said)
    assert "It is cold." in said["body"]
