"""What contracts are made of."""

from marshmallow import fields

from chassis.contract import Event


class ParcelSent(Event, source="shop"):
    """A fact with a field that is called like its teller's keyword."""

    source = fields.String(required=True)


def test_a_fact_may_have_a_field_called_source():
    """The keyword names the teller, the field stays a field."""
    assert ParcelSent.source == "shop"
    assert ParcelSent().load({"source": "warehouse"}) == {"source": "warehouse"}


def test_a_fact_without_the_keyword_has_no_teller():
    """Shapes inside facts are none of their own."""

    class Address(Event):
        """Part of a fact."""

    assert Address.source == ""
