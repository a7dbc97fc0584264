"""How a request's JSON becomes arguments: flask-smorest's way, but for what it takes for a fault of ours."""

from json import JSONDecodeError

from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser


class JSONParser(FlaskParser):
    """Takes whatever Python's JSON reader refuses for broken JSON."""

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

    ARGUMENTS_PARSER = JSONParser()
