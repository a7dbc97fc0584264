"""The history of a ticket as people read it, and the rating that ends it."""

import re

from tests.waiting import eventually


def rate(desk, sink, agent, sender, ticket):
    """The requester rates by the link in the mail, without an account; a changed link is absent."""

    def link():
        for mail in sink.mails_to(sender):
            found = re.search(r"/api/v1(/public/satisfaction/\S+)", mail.get_body(("plain",)).get_content())
            if found:
                return found.group(1).rstrip(".>)")
        raise AssertionError("no rating link yet")

    path = eventually(link, within=30, what="the rating link")
    nobody = desk.anybody()
    assert nobody.get(path)["number"] == ticket["number"]
    assert nobody.ask("POST", path[:-4] + "aaaa", {"rating": 5}).status_code == 404
    assert nobody.ask("POST", path, {"rating": 6}).status_code == 422
    nobody.post(path, {"rating": 5, "comment": "Parfait"})
    eventually(
        lambda: "SatisfactionGiven" in kinds(agent, f"/tickets/{ticket['id']}"),
        what="the rating in the history",
    )


def lines_of(caller, path):
    """Return the lines of a ticket's history in order, each as what, for whom, from which service."""
    lines, cursor = [], None
    while True:
        page = caller.get(f"{path}/history", **({"cursor": cursor} if cursor else {}))
        lines += [(line["kind"], line["audience"], line["source"]) for line in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            return lines


def kinds(caller, path):
    """Return the kinds of a ticket's history lines in order."""
    return [kind for kind, _, _ in lines_of(caller, path)]
