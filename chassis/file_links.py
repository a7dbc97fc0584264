"""Links to one file of a ticket for one participant: notifications mails them, tickets shows and honours them.

The token names the participant too: it is nobody else's, and ends with their taking part.
"""

from uuid import UUID

_PURPOSE = "file"
_ID_BYTES = 16


def file_link(links, public_url, participant_id, attachment_id):
    """Return the address under which a participant downloads a file without an account.

    :param links: `chassis.links.Links`.
    :param public_url: of the desk.
    """
    token = links.sign(_PURPOSE, participant_id.bytes + attachment_id.bytes)
    return f"{public_url}/api/v1/public/attachments/{token}"


def read_file_token(links, token):
    """Return the ids of the participant and of the attachment that a token names.

    :param links: `chassis.links.Links`.
    :raises NotFound: `link_not_found`.
    """
    named = links.verify(_PURPOSE, token)
    return UUID(bytes=named[:_ID_BYTES]), UUID(bytes=named[_ID_BYTES:])
