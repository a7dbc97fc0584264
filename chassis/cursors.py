"""Pages of lists, and cursors: the place after which a page goes on, as the page before has told it."""

from uuid import UUID

from chassis.errors import Invalid

#: What reading a text that is no cursor of ours comes to.
_WRONG = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)


def page_of(rows, limit, cursor_of):
    """Return a page of a list: `{"items", "next_cursor"}`.

    :param rows: one more than the page holds, where there is more.
    :param cursor_of: function that makes a cursor of the last item.
    """
    items = rows[:limit]
    return {"items": items, "next_cursor": cursor_of(items[-1]) if len(rows) > limit else None}


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
