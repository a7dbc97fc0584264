"""The files of a mail. Their names are text for people: never a path, never markup of the file's kind."""

import mimetypes
import re

from chassis.file_names import shown_name
from services.inbound.parsing.attached import content_of_file, name_of, shown_file
from services.inbound.parsing.bodies import is_text
from services.inbound.parsing.text import clean_line, header_text

LONGEST_FILENAME = 150
_RESERVED = re.compile(r'[<>:"|?*]')
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")


def attachments_of(message):
    """Yield `(filename, content type, bytes)` of everything that is not the mail's own text, as it may be shown.

    :raises Unreadable: `attachment_malformed`, an attached mail that cannot be written out again.
    """
    for number, part in enumerate(leaves_of(message), start=1):
        if is_text(part):
            continue
        content, declared = content_of_file(part), name_of(part)
        if content or declared:
            content_type = content_type_of(part)
            filename = filename_of(declared, content_type, number)
            yield filename, content_type, shown_file(content, content_type, filename)


def content_type_of(part):
    """Return the declared type if it is well-formed, else `application/octet-stream`."""
    declared = part.get_content_type()
    return declared if _TYPE.fullmatch(declared) else "application/octet-stream"


def filename_of(declared, content_type, number):
    """Return a name that is safe to show and to offer for saving.

    :param declared: what the mail says; only its last step counts.
    :param number: of the part, for files without a name.
    """
    name = header_text(declared, 1_000) if declared else ""
    name = clean_line(shown_name(_RESERVED.sub(" ", name)), 1_000).strip(" .")
    if not name:
        name = f"attachment-{number}{mimetypes.guess_extension(content_type) or ''}"
    if len(name) > LONGEST_FILENAME:
        # Without a dot all of it is the extension, and too long for one.
        stem, _, extension = name.rpartition(".")
        tail = f".{extension}" if len(extension) <= 10 else ""
        name = (stem if tail else name)[: LONGEST_FILENAME - len(tail)] + tail
    return name


def leaves_of(message):
    """Yield the parts that have no parts themselves, in order; an attached mail counts as one of them."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting.extend(reversed(part.get_payload()))
        else:
            yield part
