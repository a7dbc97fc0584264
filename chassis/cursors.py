"""Cursors: the place in a list after which a page goes on, as the page before has told it."""

from uuid import UUID

from chassis.errors import Invalid

#: What reading a text that is no cursor of ours comes to.
_WRONG = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)


def place_in(cursor, read):
    """Return the place that a cursor names.

    :param read: function that makes the place of the text, and fails on what is none.
    :raises Invalid: `cursor_invalid`.
    """
    try:
        return read(cursor)
    except _WRONG as error:
        problem = {"fields": {"cursor": ["Not a cursor of this list."]}}
        raise Invalid("cursor_invalid", "Use a `next_cursor` that this list has answered.", problem) from error


def id_in(cursor):
    """Return the id that a cursor is.

    :raises Invalid: `cursor_invalid`.
    """
    return place_in(cursor, UUID)


def number_in(cursor, digits):
    """Return the number that a cursor is.

    :param digits: at the most.
    :raises Invalid: `cursor_invalid`.
    """
    return place_in(cursor, lambda text: _number(text, digits))


def _number(text, digits):
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise ValueError(text)
    return int(text)
