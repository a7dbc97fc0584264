"""Pages, filters and search."""

import pytest

from chassis.errors import Invalid
from chassis.ids import new_id
from services.tickets import queries
from services.tickets.rarity import FEW, REMEMBERED, REMEMBERED_SECONDS, Rarity, counted

DIFFICULT = (
    *("'", '"', "\\", "%", "_", "a & b", "a | !b", "(", "):*", "<->", "a:b:*", "''';--", "$1", "%(me)s", "-"),
    *(
        "\u00df",
        "\u20ac",
        "100\u20ac",
        "l\u2019eau",
        "::",
        ":*",
        "x" * 200,
        "\u0130",
        "\U0001f600 b",
        "\ufdfa",
    ),
    *("A:", "and or not", "a\\:b"),
)


def numbers(page):
    """Return the numbers of a page."""
    return [ticket["number"] for ticket in page["items"]]


def pages(desk, actor, method, **arguments):
    """Return all pages of a list, following its cursor."""
    found, cursor = [], None
    while True:
        page = desk.ask(actor, method, **arguments, **({"cursor": cursor} if cursor else {}))
        found.append(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


class TestPages:
    """Keyset cursors."""

    def test_newest_first_without_gap_or_repetition(self, desk, place):
        """Also where the last page is full."""
        made = [place.ticket()["number"] for _ in range(6)][::-1]
        found = pages(desk, place.resident, "list_tickets", limit=2)
        assert [[ticket["number"] for ticket in page] for page in found] == [made[:2], made[2:4], made[4:]]

    def test_what_comes_meanwhile_moves_nothing(self, desk, place):
        """The next page begins where the last one ended."""
        made = [place.ticket()["number"] for _ in range(3)]
        first = desk.ask(place.resident, "list_tickets", limit=2)
        place.ticket()
        second = desk.ask(place.resident, "list_tickets", limit=2, cursor=first["next_cursor"])
        assert numbers(first) + numbers(second) == made[::-1]

    def test_conversations_are_oldest_first(self, desk, place):
        """Page after page."""
        ticket = place.ticket()
        for number in range(5):
            place.write(ticket, place.resident, body=str(number))
        found = pages(desk, place.resident, "messages_of_ticket", ticket_id=ticket["id"], limit=2)
        assert [[m["body"] for m in page] for page in found] == [["0", "1"], ["2", "3"], ["4"]]

    def test_a_history_is_told_whole(self, desk, place):
        """Lines of one instant are parted by their number."""
        ticket = place.heating_ticket()
        place.change(ticket, assignee=place.agent.person_id, priority="high")
        whole = [line["id"] for line in desk.history(place.admin, ticket)]
        found = pages(desk, place.admin, "history_of_ticket", ticket_id=ticket["id"], limit=2)
        assert [line["id"] for page in found for line in page] == whole
        assert len(whole) == 4

    @pytest.mark.parametrize("cursor", ["x", "-1", "1|2", "9" * 19, "\u0663"])
    def test_a_cursor_that_is_none(self, desk, place, cursor):
        """Refused by its name."""
        ticket = place.ticket()
        for method in ("messages_of_ticket", "history_of_ticket"):
            with pytest.raises(Invalid) as raised:
                desk.ask(place.resident, method, ticket_id=ticket["id"], cursor=cursor)
            assert raised.value.code == "cursor_invalid"

    def test_a_cursor_far_ahead(self, desk, place):
        """Positions are bigints."""
        ticket = place.ticket()
        for method in ("messages_of_ticket", "history_of_ticket"):
            assert desk.ask(place.resident, method, ticket_id=ticket["id"], cursor="9" * 18)["items"] == []


class TestFilters:
    """Each alone; `test_seeing` has them with everybody's sight."""

    def test_by_status(self, desk, place):
        """One, or several parted by commas."""
        fresh, resolved, pending = place.ticket(), place.ticket(), place.ticket()
        place.change(resolved, status="resolved")
        place.change(pending, status="pending")
        assert numbers(desk.ask(place.admin, "list_tickets", status="resolved")) == [resolved["number"]]
        both = desk.ask(place.admin, "list_tickets", status="new,pending")
        assert numbers(both) == [pending["number"], fresh["number"]]

    def test_by_assignee(self, desk, place):
        """Of one agent."""
        mine, _ = place.assigned(place.agent), place.assigned(place.colleague)
        page = desk.ask(place.admin, "list_tickets", assignee=place.agent.person_id)
        assert numbers(page) == [mine["number"]]

    def test_by_site_with_all_below(self, desk, place):
        """A property has its flats' tickets; a flat has its own alone."""
        at_property, in_flat = place.ticket(site=place.property), place.ticket(site=place.flat)
        both = [in_flat["number"], at_property["number"]]
        assert numbers(desk.ask(place.admin, "list_tickets", site=place.property)) == both
        assert numbers(desk.ask(place.admin, "list_tickets", site=place.flat)) == both[:1]

    def test_unregistered(self, desk, place):
        """A3: who has no account is found by a filter."""
        known = place.ticket()
        place.mail()
        (stranger,) = desk.ask(place.admin, "list_tickets", unregistered=True)["items"]
        assert stranger["requester"]["email"] == "nobody@homes.example"
        assert numbers(desk.ask(place.admin, "list_tickets", unregistered=False)) == [known["number"]]

    def test_together(self, desk, place):
        """All have to hold."""
        wanted = place.assigned(place.agent, site=place.flat)
        place.assigned(place.agent)
        place.heating_ticket(site=place.flat)
        filters = {
            "assignee": place.agent.person_id,
            "site": place.property,
            "status": "open",
            "q": "heating",
        }
        assert numbers(desk.ask(place.admin, "list_tickets", **filters)) == [wanted["number"]]
        assert desk.ask(place.admin, "list_tickets", **filters, usergroup=new_id())["items"] == []


class TestSearch:
    """Words anywhere in a ticket, in four languages, whether few texts hold them or many."""

    @pytest.fixture(autouse=True, params=["rare", "frequent"])
    def how_frequent(self, request, monkeypatch):
        """Search by the words first, or by the newest tickets first."""
        monkeypatch.setattr(queries, "RARITY", Rarity())
        if request.param == "frequent":
            monkeypatch.setattr(queries.RARITY, "rarest", lambda read, named: None)

    @pytest.mark.parametrize(
        ("text", "q"),
        [
            ("Panne de l'ascenseur au 3e étage", "ascenseur etage"),
            ("Die Türöffnung klemmt", "turoffnung"),
            ("Die Türöffnung klemmt", "TÜRÖFFNUNG"),
            ("La señal de alarma", "senal"),
            ("Fuite au sous-sol", "sol"),
            ("Fuite au sous-sol", "sous-sol"),
            ("Call dupont@example.org", "dupont@example.org"),
            ("Call dupont@example.org", "example"),
            ("Radiateurs froids", "radiateur"),
            ("Heating/boiler broken", "boiler"),
            ("Room B.12", "b.12"),
            ("Straße gesperrt", "strasse"),
        ],
    )
    def test_is_found(self, desk, place, text, q):
        """By whole words and their beginnings, without accents, apart or together."""
        wanted = place.ticket(subject=text)
        place.ticket(subject="Something else")
        assert numbers(desk.ask(place.resident, "list_tickets", q=q)) == [wanted["number"]]

    def test_by_number(self, desk, place):
        """As it is written, or its last part."""
        wanted = place.ticket()
        place.ticket()
        for q in (wanted["number"], wanted["number"][3:]):
            assert numbers(desk.ask(place.resident, "list_tickets", q=q)) == [wanted["number"]]

    def test_in_description_and_messages(self, desk, place):
        """Words may stand in different texts of the ticket; all have to be there."""
        wanted, other = place.ticket(description="The valve drips."), place.ticket()
        place.write(wanted, place.resident, body="Please bring a wrench.")
        place.write(other, place.resident, body="No wrench needed.")
        assert numbers(desk.ask(place.resident, "list_tickets", q="valve wrench")) == [wanted["number"]]
        assert len(numbers(desk.ask(place.resident, "list_tickets", q="wrench"))) == 2

    def test_a_changed_subject(self, desk, place):
        """The old words find nothing any more."""
        ticket = place.change(place.ticket(subject="Lift stuck"), subject="Escalator stuck")
        assert numbers(desk.ask(place.resident, "list_tickets", q="escalator")) == [ticket["number"]]
        assert numbers(desk.ask(place.resident, "list_tickets", q="lift")) == []

    def test_by_who_asked(self, desk, place):
        """By name, whoever sees the ticket; also once it has another subject."""
        wanted = place.heating_ticket(subject="Lift stuck")
        place.ticket(place.neighbour)
        for _ in range(2):
            for who in (place.resident, place.agent):
                assert numbers(desk.ask(who, "list_tickets", q="Rita Res")) == [wanted["number"]]
            wanted = place.change(wanted, subject="Escalator stuck")

    @pytest.mark.parametrize("channel", ["mail", "webform"])
    def test_by_a_strangers_address(self, desk, place, channel):
        """Those alone who read it; the others who see the ticket find it by the name, and no trace of the address."""
        if channel == "mail":
            place.mail(sender="eva.k@far.example", name="Eva Klein")
        else:
            place.webform(email="Eva.K@far.example", name="Eva Klein")
        (wanted,) = desk.ask(place.admin, "list_tickets", unregistered=True)["items"]
        place.change(wanted, usergroup=place.heating, site=place.flat, assignee=place.contractor.person_id)
        place.change(wanted, subject="Escalator stuck")
        added = {"person_id": place.neighbour.person_id}
        desk.ask(place.agent, "add_participant", ticket_id=wanted["id"], **added)
        for who, reads in (
            *((place.admin, True), (place.agent, True), (place.manager, True)),
            *((place.client, False), (place.contractor, False), (place.neighbour, False)),
        ):
            assert numbers(desk.ask(who, "list_tickets", q="eva klein")) == [wanted["number"]]
            for q in ("eva.k@far.example", "far", "klein far"):
                found = numbers(desk.ask(who, "list_tickets", q=q))
                assert found == ([wanted["number"]] if reads else []), (who.name, q)

    @pytest.mark.parametrize("q", ["", "   "])
    def test_nothing_asked_is_everything(self, desk, place, q):
        """An empty box filters nothing."""
        place.ticket()
        assert len(desk.ask(place.resident, "list_tickets", q=q)["items"]) == 1

    @pytest.mark.parametrize("q", DIFFICULT)
    def test_whatever_is_typed(self, desk, place, q):
        """It is a search and never an error; what holds no word finds nothing."""
        place.ticket(subject="Nothing of the kind")
        assert desk.ask(place.resident, "list_tickets", q=q)["items"] == []

    def test_a_long_text_is_searched(self, desk, place):
        """Its beginning at least; nothing is refused for its length."""
        words = " ".join(f"wort{number}" for number in range(9_000))
        ticket = place.ticket(description=words)
        assert numbers(desk.ask(place.resident, "list_tickets", q="wort4711")) == [ticket["number"]]


def test_a_search_begins_with_the_rarest_word(desk, place):
    """Until that, too, is in many texts."""
    for number in range(3):
        place.ticket(subject="valve", description="wrench" if number else "hammer")
    read = desk.work.load
    assert counted(read, {}) is None
    assert counted(read, {"word_0": "valve:*", "word_1": "hammer:*", "word_2": "wrench:*"}) == 1
    many = "SELECT ticket_id, gen_random_uuid(), false, words FROM search_texts WHERE words @@ 'hammer'"
    rows = f"INSERT INTO search_texts (ticket_id, text_id, internal, words) {many}"
    while read("SELECT count(*) AS texts FROM search_texts WHERE words @@ 'hammer'")[0].texts <= FEW:
        read(rows)
    assert counted(read, {"word_0": "hammer:*", "word_1": "wrench:*"}) == 1
    assert counted(read, {"word_0": "hammer:*"}) is None


def test_the_words_of_a_search_are_counted_once_a_minute(desk, place):
    """Whoever turns its pages has them counted no more; what has become frequent since is noticed soon."""
    place.ticket(subject="valve")
    asked, instant = [], [100.0]

    def read(statement, **values):
        asked.append(values)
        return desk.work.load(statement, **values)

    rarity = Rarity(clock=lambda: instant[0])
    for _ in range(3):
        assert rarity.rarest(read, {"word_0": "wrench:*", "word_1": "valve:*"}) == 0
    assert rarity.rarest(read, {"word_0": "valve:*"}) == 0
    assert asked == [{"word_0": "wrench:*", "word_1": "valve:*"}, {"word_0": "valve:*"}]
    instant[0] += REMEMBERED_SECONDS
    assert rarity.rarest(read, {"word_0": "valve:*"}) == 0
    assert asked[2:] == [{"word_0": "valve:*"}]


def test_no_more_searches_are_remembered_than_fit():
    """The memory of a process is not filled by whoever searches for everything."""
    rarity = Rarity(clock=lambda: 0.0)
    for number in range(REMEMBERED + 10):
        rarity.rarest(lambda statement, **values: [(1,)], {"word_0": f"w{number}"})
    assert len(rarity._known) == 10
