"""What a file is called: text for people, never a path, and nothing that has it read otherwise than it is."""

import re
import unicodedata


def shown_name(declared):
    """Return the last part of a file's name without format characters (marks of direction, zero width); maybe empty.

    Browsers and mails may send a path, which is nobody's business (RFC 6266, section 4.3).
    """
    last = re.split(r"[/\\]", declared)[-1]
    return "".join(character for character in last if unicodedata.category(character) != "Cf").strip(" .")
