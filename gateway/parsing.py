"""How a request becomes arguments: straight where it is plainly right, else flask-smorest's way.

webargs alone decides what is wrong and says so, but for what it takes for a fault of ours.
"""

from json import JSONDecodeError, JSONDecoder

import marshmallow
import orjson
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, ValidationError, missing
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from chassis import fields
from chassis.forms import DOUBTS, Form
from gateway.problems import NameTwice

#: Digits of a number in a query at the most; marshmallow takes longer ones, and signs and blanks.
_PLAIN_DIGITS = 15
#: What makes the text of a query a value of JSON, which is all that contracts take.
_AS_WRITTEN = {
    fields.Boolean: marshmallow.fields.Boolean(),
    fields.Integer: marshmallow.fields.Integer(),
    fields.Float: marshmallow.fields.Float(),
}


class Parser(FlaskParser):
    """Takes whatever Python's JSON reader refuses for broken JSON, and nothing of a query or an object twice."""

    def load_querystring(self, req, schema):
        """Return a query's values; webargs would take the first of two where one is wanted, and drop the other."""
        kinds = _kinds_in(schema)
        meant = MultiDict([(name, _meant(kinds.get(name), text)) for name, text in req.args.items(multi=True)])
        values = self._makeproxy(meant, schema)
        single = kinds.keys() - values.multiple_keys
        twice = {name: ["Give it once."] for name in single if len(req.args.getlist(name)) > 1}
        if twice:
            raise ValidationError({**schema.validate(values), **twice})
        return values

    def _raw_load_json(self, req):
        try:
            values = super()._raw_load_json(req)
        except JSONDecodeError:
            raise
        except ValueError as error:
            # A number of more digits than Python reads (sys.set_int_max_str_digits) is no JSONDecodeError.
            # The document goes along, because webargs takes an error about an empty one for no body at all.
            raise JSONDecodeError(str(error), req.get_data(as_text=True), 0) from error
        if values is not missing:
            _require_each_name_once(req.get_data())
        return values


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
        self._is_body = location == "json"
        self._values_in = self._in_body if self._is_body else self._in_query
        self._numbers = {name for name, kind in _kinds_in(schema).items() if kind is fields.Integer}

    def read(self, request):
        """Return the typed arguments of a request, `None` where there is any doubt."""
        try:
            arguments = self._form.take(self._values_in(request), RAISE)
            if self._is_body:
                # Last, for it takes longest: nothing is read so carefully that is refused anyway.
                _require_each_name_once(request.get_data())
        except DOUBTS:
            return None
        return arguments

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


def _once(pairs):
    if len(dict(pairs)) < len(pairs):
        raise NameTwice


#: JSON readers keep the last of two, and what checks a body on its way here may go by the first (RFC 8259, 4).
_EACH_ONCE = JSONDecoder(object_pairs_hook=_once)


def _require_each_name_once(body):
    """Refuse JSON in which a name stands twice in the same object (RFC 7493, 2.3).

    :param body: bytes that are valid JSON.
    :raises NameTwice: one does.
    """
    _EACH_ONCE.decode(body.decode())


def _kinds_in(schema):
    """Return the classes of a schema's fields by the names under which it takes them."""
    return {
        name if field.data_key is None else field.data_key: type(field) for name, field in schema.load_fields.items()
    }


def _meant(kind, text):
    """Return what the text of a query says where that is no text; what says nothing goes as it came, to be refused."""
    if kind not in _AS_WRITTEN:
        return text
    try:
        return _AS_WRITTEN[kind].deserialize(text)
    except ValidationError:
        return text


def _number(text):
    if not (text.isascii() and text.isdigit() and len(text) <= _PLAIN_DIGITS):
        raise ValueError
    return int(text)
