"""Texts whose paragraphs were broken into lines for the way, and say so (RFC 3676)."""

#: The line above a signature: it ends in a blank, and yet no paragraph goes on behind it.
_SIGNATURE = "-- "


def is_flowed(part):
    """Whether a text says that lines ending in a blank go on in the next one."""
    return str(part.get_param("format", "")).lower() == "flowed"


def breaks_words(part):
    """Whether the blank at the end of such a line belongs to the break, as in languages that write without blanks."""
    return str(part.get_param("delsp", "")).lower() == "yes"


def rejoined(text, *, within_words):
    """Return a text with each paragraph on one line; of quotations each depth has its own.

    :param within_words: as `breaks_words` says.
    """
    pieces, open_depth = [], None
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        said = line[depth:].removeprefix(" ")
        if open_depth != depth or said == _SIGNATURE:
            pieces.append(f"\n{'>' * depth} " if depth else "\n")
        goes_on = said.endswith(" ") and said != _SIGNATURE
        pieces.append(said[:-1] if goes_on and within_words else said)
        open_depth = depth if goes_on else None
    return "".join(pieces).removeprefix("\n")
