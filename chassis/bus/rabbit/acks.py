"""Acknowledgements of facts, gathered: several deliveries are settled by one word of the broker's.

A quorum queue writes each settlement to its log, which was a good part of the broker's work for a fact. One that is
lost with its connection does no harm: the fact comes again, and the inbox knows it.
"""

import logging

import eventlet

from chassis.bus.rabbit.methods import ack

logger = logging.getLogger(__name__)

#: Seconds for which what is dealt with may wait for its acknowledgement.
GATHER_SECONDS = 0.02


class GatheredAcks:
    """Acknowledges the deliveries on one channel.

    :param most: deliveries dealt with that may wait; few enough that the broker goes on delivering.
    """

    def __init__(self, channel, most):
        self.channel = channel
        self._most = most
        #: Whether each delivery not yet acknowledged is dealt with, by tag, in the order in which they came.
        self._dealt_with = {}
        self._waiting = 0
        self._timer = None

    def expect(self, tag):
        """Note a delivery that has come."""
        self._dealt_with[tag] = False

    def done(self, tag):
        """Note that a delivery is dealt with."""
        self._dealt_with[tag] = True
        self._waiting += 1
        if self._waiting >= self._most:
            self.send()
        elif self._timer is None:
            self._timer = eventlet.spawn_after(GATHER_SECONDS, self.send)

    def send(self):
        """Acknowledge all that is dealt with: what precedes the first undone delivery as one, the rest one by one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        settled = [tag for tag, is_done in self._dealt_with.items() if is_done]
        undone = next((tag for tag, is_done in self._dealt_with.items() if not is_done), None)
        self._waiting = 0
        for tag in settled:
            del self._dealt_with[tag]
        # Nothing yields between here and the end: an acknowledgement of several must not overtake one of a single tag.
        together = [tag for tag in settled if undone is None or tag < undone]
        try:
            if together:
                ack(self.channel, together[-1], multiple=True)
            for tag in settled[len(together) :]:
                ack(self.channel, tag)
        except Exception:
            # The connection has fallen: the facts come again, and the inbox knows them.
            logger.debug("%s facts could not be acknowledged.", len(settled), exc_info=True)
