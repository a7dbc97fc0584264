"""Which word of a search to begin with: the one that the fewest texts hold.

It picks the plan of a search and never its result, so it is remembered for a while, as PostgreSQL's own statistics
are: whoever turns the pages of a search, or types it again, does not have its words counted again.
"""

from functools import cache
from time import monotonic

from chassis.prepared import Prepared

#: Texts with a word up to which a search begins with it; PostgreSQL cannot tell how rare the beginning of a word is,
#: and would walk through all tickets for what only ten of them say.
FEW = 2_000
#: Seconds for which an answer is remembered, and how many searches are at the most.
REMEMBERED_SECONDS = 60
REMEMBERED = 1_000
# Materialised, so that its plan is the one for all of them, by index, and yet it stops early.
_COUNT = (
    "(WITH found AS MATERIALIZED (SELECT FROM search_texts x WHERE x.words @@ to_tsquery('desk', %(word_{0})s))"
    f" SELECT count(*) FROM (SELECT FROM found LIMIT {FEW + 1}) few)"
)


class Rarity:
    """Answers for one process.

    :param clock: seconds.
    """

    def __init__(self, clock=monotonic):
        self._clock = clock
        self._known = {}

    def rarest(self, read, named):
        """Return the place of the word that the fewest texts hold; `None` where even that one is in many.

        :param read: `Database.read`.
        :param named: `{"word_0": word, ...}` for `to_tsquery`.
        """
        words = tuple(named.values())
        place, until = self._known.get(words, (None, 0))
        if until <= self._clock():
            place = counted(read, named)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[words] = place, self._clock() + REMEMBERED_SECONDS
        return place


def counted(read, named):
    """Return the place of the rarest word as the texts are now, as `Rarity.rarest` does."""
    if not named:
        return None
    counts = read(_counts_statement(len(named)), **named)[0]
    return min(range(len(named)), key=counts.__getitem__) if min(counts) <= FEW else None


@cache
def _counts_statement(words):
    return Prepared("SELECT " + ", ".join(f"{_COUNT.format(place)} AS of_{place}" for place in range(words)))
