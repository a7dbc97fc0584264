"""The words that inbound's contract is written in, and their limits."""

#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("mailboxes",)
#: received: kept, not read yet; told: a fact went out; unreadable: told with what may be shown of the raw mail as its
#: attachment, if that could be cut out; duplicate: the same reply by a second address of ours; own: a mail of our own
#: that came back.
STATES = ("received", "told", "unreadable", "duplicate", "own")
#: Fields of a webform beside subject and description, which every form has.
OPTIONAL_FIELDS = ("name", "email", "site")

LONGEST_SUBJECT = 300
LONGEST_DESCRIPTION = 20_000
LONGEST_ADDRESS = 254
LONGEST_NAME = 120
#: Characters of a mail's text that travel with its fact; a longer text is attached whole.
LONGEST_BODY = 100_000

#: What was odd about a mail: not exactly one good From; no From at all; no Date, or one to come (the time of
#: receipt stands for it); a text, a header or a part that is not shown whole; HTML that could not be read. And that a
#: calendar sent it, to answer an invitation, without a word of anybody's: it opens no ticket.
FLAGS = (
    "from_ambiguous",
    "from_missing",
    "date_missing",
    "date_in_future",
    "body_cut",
    "header_cut",
    "calendar_reply",
    "part_unreadable",  # Told by earlier versions alone; what they told may still wait among the dead letters.
)
