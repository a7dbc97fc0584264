"""The text of a mail: plain where there is plain, else what its HTML says."""

from services.inbound.parsing.markup import words_of
from services.inbound.parsing.text import clean_text, decoded

#: Characters of HTML that are read of one mail; what is longer is a bomb or a report that nobody reads in a ticket.
LONGEST_HTML = 1_000_000

_TEXTS = ("text/plain", "text/html")


def body_of(message):
    """Return `(text, flags)`.

    Of alternatives the plainest that says something is taken; texts that follow one another are joined.
    """
    texts, is_whole, room = [], True, LONGEST_HTML
    for part in _body_parts(message):
        text = decoded(content_of(part), part.get_content_charset())
        if part.get_content_subtype() == "html":
            words, all_read = words_of(text[:room])
            is_whole = is_whole and all_read and len(text) <= room
            text, room = words, max(room - len(text), 0)
        text = clean_text(text)
        if text.strip():
            texts.append(text)
    return "\n\n".join(texts), set() if is_whole else {"body_cut"}


def content_of(part):
    """Return the bytes of a leaf, its transfer encoding undone as far as it can be."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def is_text(part):
    """Whether a leaf is the mail's own text, or another form of it, and no file."""
    if part.is_multipart():
        return False
    disposition = str(part.get("content-disposition", "")).lower()
    is_file = disposition.lstrip().startswith("attachment") or "filename" in disposition
    # Parts that were announced without a boundary are one text.
    return not is_file and (part.get_content_type() in _TEXTS or part.get_content_maintype() == "multipart")


def _body_parts(part):
    if not part.is_multipart():
        return [part] if is_text(part) else []
    if part.get_content_maintype() != "multipart":
        return []
    branches = [leaves for child in part.get_payload() if (leaves := _body_parts(child))]
    if part.get_content_subtype() == "alternative":
        return _plainest(branches)
    return [leaf for leaves in branches for leaf in leaves]


def _plainest(branches):
    def rank(branch):
        blank = not any(content_of(leaf).strip() for leaf in branch)
        return blank, any(leaf.get_content_subtype() == "html" for leaf in branch)

    return min(branches, key=rank, default=[])
