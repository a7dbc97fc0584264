"""Once per request key: what a command answered is kept beside its effect and given again.

The row goes in the commit of the command itself. A repeated request that finds it there is rolled back and
gets the stored answer; two at once are kept apart by the primary key. Nothing is looked up on the first time.
Of an answer with a secret that can be made again only what it is made of is kept (`chassis.contract.command`).
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache

from chassis.bus.wire import Reply, encode
from chassis.errors import Invalid
from chassis.prepared import Prepared

LONGEST_KEY = 255

_KEEP = Prepared(
    "INSERT INTO requests (actor, method, key, hash, answer) "
    "VALUES (%(actor)s, %(method)s, %(key)s, %(hash)s, %(answer)s)"
)
_FIND = "SELECT hash, answer FROM requests WHERE actor = %(actor)s AND method = %(method)s AND key = %(key)s"


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Who asked for what, once.

    :param actor: id of the person; for nobody `anonymous` and the hash, since strangers who use the same key, be it by
        chance or by guessing, are not the same person repeating a request.
    :param key: HTTP's `Idempotency-Key`, or whatever names the request at its origin.
    :param hash: SHA-256 of method and arguments, so that a key is not used for two things; without the fields
        that a contract marks as `secret`, because who steals a fast hash of a password soon has the password, nor
        those that it marks as `circumstance`, because a phone repeats a request from another network.
    """

    actor: str
    method: str
    key: str
    hash: str

    def keep(self, work, reply):
        """Gather the row that keeps a reply, or what it is made of, with the command's own change."""
        answer = encode(reply.headers) + b"\n" + reply.body
        work.change(_KEEP, actor=self.actor, method=self.method, key=self.key, hash=self.hash, answer=answer)

    def stored(self, database):
        """Return the reply kept before, or `None`.

        :raises Invalid: `request_key_reused`, where it was kept for other arguments.
        """
        rows = database.read(_FIND, actor=self.actor, method=self.method, key=self.key)
        if not rows:
            return None
        if rows[0].hash != self.hash:
            raise Invalid("request_key_reused", "This request key was used before, for something else.")
        headers, body = bytes(rows[0].answer).split(b"\n", 1)
        return Reply(body, json.loads(headers))


def request_key_of(actor, method, key, arguments):
    """Return the `RequestKey` of a call.

    :param method: `chassis.contract.Method`.
    :param key: as it came; may be missing.
    :raises Invalid: `request_key_missing` or `request_key_wrong`.
    """
    if not key:
        raise Invalid("request_key_missing", "A command needs a request key: it may arrive twice.")
    if not isinstance(key, str) or len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid("request_key_wrong", f"A request key is at most {LONGEST_KEY} printable characters.")
    unhashed = _unhashed(method.takes)
    if unhashed:
        arguments = {name: value for name, value in arguments.items() if name not in unhashed}
    canonical = json.dumps([method.name, arguments], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return RequestKey(str(actor.person_id or f"anonymous {digest}"), method.name, key, digest)


@cache
def _unhashed(takes):
    marks = ("secret", "circumstance")
    return frozenset(name for name, field in takes().fields.items() if any(map(field.metadata.get, marks)))
