"""Who a mail says it is from."""

import pytest

from services.inbound.parsing.addresses import sender_of, split_list

DOUBT = {"from_ambiguous"}


@pytest.mark.parametrize(
    ("value", "email", "name"),
    [
        ("Rosa Resident <rosa@homes.example>", "rosa@homes.example", "Rosa Resident"),
        ("rosa@homes.example", "rosa@homes.example", ""),
        ("ROSA@Homes.Example", "rosa@homes.example", ""),
        ('"Resident, Rosa" <rosa@homes.example>', "rosa@homes.example", "Resident, Rosa"),
        ('"Rosa \\"R\\" Resident" <rosa@homes.example>', "rosa@homes.example", 'Rosa "R" Resident'),
        ("rosa@homes.example (Rosa (the) Resident)", "rosa@homes.example", "Rosa the Resident"),
        ("rosa@homes.example (Rosa \\) Resident)", "rosa@homes.example", "Rosa ) Resident"),
        ("Rosa (at home) <rosa@homes.example>", "rosa@homes.example", "Rosa"),
        ("=?utf-8?q?Zo=C3=A9_M=2C?= <zoe@homes.example>", "zoe@homes.example", "Zoé M,"),
        ("rosa@homes.example <rosa@homes.example>", "rosa@homes.example", "rosa@homes.example"),
        ("'rosa@homes.example' <rosa@homes.example>", "rosa@homes.example", "rosa@homes.example"),
        ("Rosa <rosa@homes.example>, ", "rosa@homes.example", "Rosa"),
        (', "rosa"@homes.example', "rosa@homes.example", ""),
        ("Rosa <rosa@bücher.example>", "rosa@xn--bcher-kva.example", "Rosa"),
        ("Rosa <rosa@homes.example", "rosa@homes.example", "Rosa"),
        ("=?utf-8?q?Resident,_Rosa?= <rosa@homes.example>", "rosa@homes.example", "Resident, Rosa"),
        (
            "=?UTF-8?Q?R=C3=A9gie_Sud;?=\r\n =?utf-8?q?_M,_Z?=<rosa@homes.example>",
            "rosa@homes.example",
            "Régie Sud; M, Z",
        ),
        ('"rosa.resident"@homes.example', "rosa.resident@homes.example", ""),
        ('Rosa <"rosa+lift"@homes.example>', "rosa+lift@homes.example", "Rosa"),
        ('"Rosa.O\'Neil"@Homes.Example', "rosa.o'neil@homes.example", ""),
        ('"!#$%&*+/=?^_`{|}~.-9"@homes.example', "!#$%&*+/=?^_`{|}~.-9@homes.example", ""),
        ("Rosa < 'rosa@homes.example' >", "rosa@homes.example", "Rosa"),
        ('"Resident, Rosa" <"rosa"@homes.example> (home)', "rosa@homes.example", "Resident, Rosa"),
    ],
)
def test_one_good_sender(value, email, name):
    """No doubt is told where there is none."""
    assert sender_of([value], []) == (email, name, set())


@pytest.mark.parametrize(
    ("value", "email"),
    [
        ("a@corp.example, b@evil.example", "a@corp.example"),
        ("<a@corp.example> <b@evil.example>", "a@corp.example"),
        ("alice@corp.example]<bob@evil.example>", "bob@evil.example"),
        ('"alice@corp.example" <bob@evil.example>', "bob@evil.example"),
        ("=?utf-8?q?alice=40corp.example?= <bob@evil.example>", "bob@evil.example"),
        ("alice@corp.example\\<bob@evil.example>", "bob@evil.example"),
        ("Alice> <bob@evil.example>", "bob@evil.example"),
        ("Alice] <bob@evil.example>", "bob@evil.example"),
        ("[Alice <bob@evil.example>", "bob@evil.example"),
        ("alice@corp.example,<bob@evil.example>", "alice@corp.example"),
        ("undisclosed-recipients:;", "back@path.example"),
        ("Rosa", "back@path.example"),
        ("<>", "back@path.example"),
        ("", "back@path.example"),
        ("Rosa <rosa@homes..example>", "back@path.example"),
        ("Rosa <rosa@[127.0.0.1]>", "back@path.example"),
        ("rosa @ homes.example", "back@path.example"),
        ('"rosa resident"@homes.example', "back@path.example"),
        ('<"rosa\\"@evil.example"@homes.example>', "back@path.example"),
        ('"alice"@corp.example <bob@evil.example>', "bob@evil.example"),
        ('"alice"@corp.example, <bob@evil.example>', "alice@corp.example"),
        ('@corp.example "alice"', "back@path.example"),
        ("=?utf-8?q?Rosa,?= <a@corp.example>, b@evil.example", "a@corp.example"),
        ("=?utf-8?q?a=40corp.example,_x?= <bob@evil.example>", "bob@evil.example"),
        ("=?utf-8?q?a@corp.example,_x?= <bob@evil.example>", "=?utf-8?q?a@corp.example"),
        ("<=?utf-8?q?a,b?=@evil.example>", "back@path.example"),
        ("x=?utf-8?q?a,b?= <bob@evil.example>", "back@path.example"),
        ("=?utf-8?q?a,b?=x <bob@evil.example>", "back@path.example"),
    ],
)
def test_doubt_is_told(value, email):
    """More than one address, none, or a name that claims to be somebody else's."""
    assert sender_of([value], ["Sender <back@path.example>"]) == (email, sender_of([value], [])[1], DOUBT)


def test_several_from_headers():
    """The first one counts and the doubt is told (RFC 5322 allows one)."""
    assert sender_of(["a@corp.example", "b@evil.example"], []) == ("a@corp.example", "", DOUBT)


def test_no_from_header():
    """The return path stands in; without one there is nobody."""
    assert sender_of([], ["", "back@path.example"]) == ("back@path.example", "", {"from_missing"})
    assert sender_of([], [""]) == (None, "", {"from_missing"})


@pytest.mark.parametrize("mark", ["(", "<", '"', "\\", "((()", ",", "<>", "()"])
def test_hostile_marks_take_no_time(mark):
    """20 kB of any mark: cut, doubted, and no recursion."""
    email, name, flags = sender_of([mark * 20_000], ["back@path.example"])
    assert email == "back@path.example"
    assert len(name) <= 120
    assert flags == {"from_ambiguous", "header_cut"}


def test_lists_are_split_outside_quotes_comments_and_brackets():
    """A comma in a name is part of the name."""
    assert split_list('"a, b" <c@d>, (x, y) e@f; <g,h@i>') == ['"a, b" <c@d>', " (x, y) e@f", " <g,h@i>"]
