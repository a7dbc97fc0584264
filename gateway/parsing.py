"""How a request becomes arguments: straight where it is plainly right, else flask-smorest's way.

webargs alone decides what is wrong and says so, but for what it takes for a fault of ours.
"""

from json import JSONDecodeError

import orjson
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, ValidationError, fields
from webargs.flaskparser import FlaskParser

from chassis.forms import DOUBTS, Form

#: Digits of a number in a query at the most; marshmallow takes longer ones, and signs and blanks.
_PLAIN_DIGITS = 15


class Parser(FlaskParser):
    """Takes whatever Python's JSON reader refuses for broken JSON, and nothing of a query twice."""

    def load_querystring(self, req, schema):
        """Return a query's values; webargs would take the first of two where one is wanted, and drop the other."""
        values = super().load_querystring(req, schema)
        single = _names_of(schema) - values.multiple_keys
        twice = {name: ["Give it once."] for name in single if len(req.args.getlist(name)) > 1}
        if twice:
            raise ValidationError({**schema.validate(values), **twice})
        return values

    def _raw_load_json(self, req):
        try:
            return super()._raw_load_json(req)
        except JSONDecodeError:
            raise
        except ValueError as error:
            # A number of more digits than Python reads (sys.set_int_max_str_digits) is no JSONDecodeError.
            # The document goes along, because webargs takes an error about an empty one for no body at all.
            raise JSONDecodeError(str(error), req.get_data(as_text=True), 0) from error


class Blueprint(SmorestBlueprint):
    """The blueprint of every route that takes arguments."""

    ARGUMENTS_PARSER = Parser()


class PlainReader:
    """Reads the arguments of requests that are plainly what a schema declares.

    :param schema: instance, as flask-smorest documents and webargs loads it.
    :param location: `json` or `query`.
    """

    def __init__(self, schema, location):
        self._form = Form(schema)
        self._values_in = {"json": self._in_body, "query": self._in_query}[location]
        self._numbers = {
            name if field.data_key is None else field.data_key
            for name, field in schema.load_fields.items()
            if type(field) is fields.Integer and not field.strict
        }

    def read(self, request):
        """Return the typed arguments of a request, `None` where there is any doubt."""
        try:
            return self._form.take(self._values_in(request), RAISE)
        except DOUBTS:
            return None

    @staticmethod
    def _in_body(request):
        if not request.is_json:
            raise ValueError
        return orjson.loads(request.get_data())

    def _in_query(self, request):
        values = {}
        for name, texts in request.args.lists():
            (values[name],) = texts
        for name in self._numbers & values.keys():
            values[name] = _number(values[name])
        return values


def _names_of(schema):
    """Return the names under which a schema takes its fields."""
    return {name if field.data_key is None else field.data_key for name, field in schema.load_fields.items()}


def _number(text):
    if not (text.isascii() and text.isdigit() and len(text) <= _PLAIN_DIGITS):
        raise ValueError
    return int(text)
