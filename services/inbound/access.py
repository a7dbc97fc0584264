"""Who may do what in inbound. What is not named here is refused; the public methods check the form itself.

Mailboxes, webforms and received mails belong to the installation, not to groups: whoever has the permission
sees all of them, whoever has not sees none.
"""

#: Method -> permission; `public_form` and `submit_webform` are anonymous.
PERMISSIONS = {
    "create_mailbox": "mailboxes.write",
    "list_mailboxes": "mailboxes.write",
    "change_mailbox": "mailboxes.write",
    "create_webform": "webforms.write",
    "list_webforms": "webforms.write",
    "change_webform": "webforms.write",
    "list_inbound_messages": "mailboxes.write",
    "replay_inbound_message": "mailboxes.write",
    "retell": "people.write",
}
