"""The database of one service, and the `Work` of one action: all it changes and tells, committed as one.

The engine is in AUTOCOMMIT and `Work` writes BEGIN and COMMIT itself, so that a first statement and its BEGIN,
or the gathered rows and their COMMIT, are one text and one round trip (measured: half the time of a create).
Nothing else begins or commits. Statements are constants with `%(name)s` parameters; a literal per cent is `%%`.
"""

from chassis.database.connections import KEPT_UP, SERVER_OPTIONS, Database
from chassis.database.statements import constraint_of
from chassis.database.waiting import wait_at_most
from chassis.database.work import CommitLost, Work

__all__ = ["KEPT_UP", "SERVER_OPTIONS", "CommitLost", "Database", "Work", "constraint_of", "wait_at_most"]
