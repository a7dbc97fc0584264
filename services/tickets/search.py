"""Keeping what is searched: the words of tickets and messages."""

from chassis.prepared import Prepared

#: Characters of a text that are searched; a PostgreSQL text vector holds 1 MB at the most.
SEARCHED_CHARACTERS = 50_000


def _weighted(text, weight):
    # Separators become blanks, else `sous-sol` or an address would be one word.
    return f"setweight(to_tsvector('desk', translate(%({text})s, '/@-_.', '     ')), '{weight}')"


_KEEP_TICKET = Prepared(
    "INSERT INTO search_texts (ticket_id, text_id, internal, words) VALUES"
    f" (%(ticket_id)s, %(ticket_id)s, false, {_weighted('title', 'A')} || {_weighted('description', 'B')})"
    " ON CONFLICT (ticket_id, text_id) DO UPDATE SET words = excluded.words"
)
_KEEP_MESSAGE = Prepared(
    "INSERT INTO search_texts (ticket_id, text_id, internal, words) VALUES"
    f" (%(ticket_id)s, %(message_id)s, %(internal)s, {_weighted('body', 'C')})"
)


def keep_words_of_ticket(work, ticket_id, number, subject, requester_name, description):
    """Make a ticket found by its number, subject, requester and description, new or changed."""
    work.change(
        _KEEP_TICKET,
        ticket_id=ticket_id,
        title=f"{number} {subject} {requester_name}",
        description=description[:SEARCHED_CHARACTERS],
    )


def keep_words_of_message(work, ticket_id, message_id, body, internal):
    """Make a ticket found by a message, or, by those who read notes, by a note."""
    work.change(
        _KEEP_MESSAGE,
        ticket_id=ticket_id,
        message_id=message_id,
        body=body[:SEARCHED_CHARACTERS],
        internal=internal,
    )


def keep_address(work, ticket_id, participant_id, email):
    """Make a ticket found by the address of a stranger, by those who read addresses: as by a note."""
    keep_words_of_message(work, ticket_id, participant_id, email, internal=True)
