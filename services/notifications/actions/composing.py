"""Making the mail of a delivery: links, wording, headers and files, from its row."""

from uuid import UUID

from chassis.file_links import file_link
from chassis.mail_identity import no_reply_address, reply_address
from services.notifications.access import is_to_worker, role_of
from services.notifications.actions.copies import is_incident
from services.notifications.contract import Notifications
from services.notifications.domain import subject_in, usable_address
from services.notifications.mail import AttachedFile, Envelope, mail_of
from services.notifications.wording import TO_DESK, intervention_in_words, letter_of
from services.tickets.contract import NOTED_BY_MAIL

PRODUCT = "Fielddesk"
#: Bytes of files that go along with a mail; encoded they are a third larger, and many servers stop at 10 MB.
MOST_FILE_BYTES = 7 * 1024 * 1024
#: Mails that somebody else's typing may cause: no bounce comes back, and no text of users is in them.
UNASKED = {"receipt", "registration", "already_registered"}
#: What the wording asks for and not every mail has.
NOT_ALWAYS = dict.fromkeys(("number", "place", "visit_number", "is_about_incident"))


def compose(delivery, address, settings, store):
    """Return the `Mail` of a delivery.

    :param delivery: row of `queries.CLAIMED`.
    :param address: to which it is sent.
    :param store: `chassis.files.FileStore`.
    """
    fitting, left_out = _parted(delivery.inputs.get("files", ()))
    letter = letter_of(
        delivery.kind,
        delivery.language,
        _values(delivery, settings) | _files_in_words(delivery, settings, fitting, left_out),
        hint=_hint_of(delivery),
    )
    return mail_of(_envelope(delivery, address, settings), letter, _read(fitting, store))


def _hint_of(delivery):
    """Return which hint says what becomes of an answer; tickets goes by the same role when it comes."""
    if delivery.participant_id is None:
        return TO_DESK if is_to_worker(delivery) else None
    return "note_hint" if role_of(delivery) in NOTED_BY_MAIL else "reply_hint"


def _values(delivery, settings):
    inputs, links = delivery.inputs, settings.links
    public = f"{settings.public_url}/api/v1/public"
    values = {**NOT_ALWAYS, **inputs, "desk_link": settings.public_url}
    if "subject" in inputs:
        values["subject"] = subject_in(delivery.language, inputs["subject"], inputs.get("reason_names", {}))
    values |= intervention_in_words(inputs, delivery.language)
    values["no_reply"] = _answers_as(delivery) is None and usable_address(delivery.mailbox_address) is None
    values["is_incident"] = is_incident(delivery)
    if delivery.participant_id is not None:
        participant = str(delivery.participant_id)
        values["follow_link"] = _follow_link(delivery, settings)
        asked = inputs.get("asks_for_rating")
        values["satisfaction_link"] = (
            f"{public}/satisfaction/{links.sign('satisfaction', participant)}" if asked else None
        )
    if delivery.kind in ("registration", "invitation"):
        named = (delivery.person_id, delivery.recipient, inputs.get("invited_at"))
        token = links.sign("confirm-registration", ":".join(str(part) for part in named if part))
        values["confirm_link"] = f"{public}/registrations/{token}"
    return values


def _follow_link(delivery, settings):
    token = settings.links.sign("follow", str(delivery.participant_id))
    return f"{settings.public_url}/api/v1/public/requests/{token}"


def _envelope(delivery, address, settings):
    reply_to = None
    answers_as = _answers_as(delivery)
    if answers_as is not None:
        reply_to = reply_address(settings.links, answers_as, settings.mail_domain)
    return Envelope(
        message_id=delivery.message_id,
        # A bounce comes back to the conversation that it is about, like an answer; a worker's would find none, as it
        # need not name the mail.
        sender="" if delivery.kind in UNASKED or is_to_worker(delivery) else reply_to or "",
        recipient=usable_address(address),
        from_name=delivery.mailbox_name or PRODUCT,
        from_address=usable_address(delivery.mailbox_address) or no_reply_address(settings.mail_domain),
        to_name="" if delivery.kind in UNASKED else delivery.name,
        reply_to=reply_to,
        thread=tuple(delivery.thread),
        auto_submitted="auto-replied" if delivery.kind == "receipt" else "auto-generated",
        language=delivery.language,
        date=delivery.created_at,
    )


def _answers_as(delivery):
    """Return the id under which the recipient answers, `None` where there is no conversation."""
    return delivery.person_id if is_to_worker(delivery) else delivery.participant_id


def _parted(described):
    """Return the files that go along, in their order while there is room, and those that do not."""
    fitting, left_out, room = [], [], MOST_FILE_BYTES
    for file in described:
        is_fitting = file["size"] <= room
        (fitting if is_fitting else left_out).append(file)
        room -= file["size"] if is_fitting else 0
    return fitting, left_out


def _files_in_words(delivery, settings, fitting, left_out):
    """Return the names of what is attached, and of what is not with the link where it is."""
    return {
        "attachments": [file["filename"] for file in fitting],
        "left_out": [(file["filename"], _link_of(delivery, settings, file)) for file in left_out],
    }


def _link_of(delivery, settings, file):
    # Mails written by a version before name no id: what they leave out is found in the conversation.
    if "attachment_id" not in file:
        return _follow_link(delivery, settings)
    return file_link(settings.links, settings.public_url, delivery.participant_id, UUID(file["attachment_id"]))


def _read(described, store):
    return [
        AttachedFile(file["filename"], file["content_type"], store.read(Notifications.service, file["sha256"]))
        for file in described
    ]
