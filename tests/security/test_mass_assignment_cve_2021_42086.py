"""CVE-2021-42086 (Zammad): an agent made himself an administrator by a field that the form did not show.

CVE-2026-40569 (FreeScout): `fill($request->all())` wrote 32 columns of a mailbox. Here a method takes what its
contract names, and a name beyond is refused, at the gateway and again by the service: every column that the
service has is tried on every write.
"""

from io import BytesIO

import pytest
from marshmallow import RAISE

from chassis.errors import Invalid
from chassis.ids import new_id
from tests.contracts.house import SERVICES, methods_of
from tests.gateway.conftest import SIGNED_IN
from tests.security.desk import stranger
from tests.security.samples import a_body, nested_in
from tests.security.ways import ways_of

UNKNOWN = ["Unknown field."]
WITH_BODY = ("POST", "PATCH", "PUT")
#: Writes without a JSON body.
NO_JSON = {"log_out", "keep_attachment"}


def columns_of(work, table="%"):
    """Return the names of all columns of a service's tables, or of one table."""
    statement = (
        "SELECT DISTINCT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name LIKE %(table)s"
    )
    return {row.column_name for row in work.load(statement, table=table)}


def refused_names(errors):
    """Return the names that were refused for being unknown."""
    return {name for name, problems in errors.items() if problems == UNKNOWN}


def test_no_column_can_be_written_over_http(whole, http, services):
    """Beside a body that is otherwise right; nobody is asked."""
    columns = {service: columns_of(whole.works[service]) for service in SERVICES}
    written = [way for way in ways_of(whole.app) if way.verb in WITH_BODY and way.method.name not in NO_JSON]
    assert len(written) == 46
    for way in written:
        extra = dict.fromkeys(columns[way.service] - way.takes.fields.keys(), "1")
        body = {**a_body(way.takes), **extra}
        answer = http.open(f"/api/v1{way.path_to(new_id())}", method=way.verb, headers=SIGNED_IN, json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "input_invalid"), str(way)
        assert refused_names(answer.json["errors"]) == extra.keys(), str(way)
    assert services.calls() == []


@pytest.mark.parametrize("where", ["form", "query"])
def test_no_column_can_be_written_by_an_upload(work_of, http, services, where):
    """Neither beside the file nor in the address; nothing is kept."""
    extra = dict.fromkeys(columns_of(work_of("tickets"), "attachments"), "1")
    form = {"file": (BytesIO(b"photo"), "a.png"), **(extra if where == "form" else {})}
    query = extra if where == "query" else {}
    answer = http.post("/api/v1/attachments", data=form, headers=SIGNED_IN, query_string=query)
    assert (answer.status_code, answer.json["code"]) == (422, "input_invalid")
    assert refused_names(answer.json["errors"]) == extra.keys()
    assert services.calls() == []


def test_no_column_can_be_written_past_the_gateway(whole):
    """By an administrator who reaches the broker directly; nothing changes and nobody is told."""
    admin = whole.as_(stranger("admin"))
    methods = [(service, method) for service in SERVICES for method in methods_of(service).values()]
    columns = {service: columns_of(whole.works[service]) for service in SERVICES}
    with whole.untouched():
        for service, method in methods:
            extra = dict.fromkeys(columns[service] - method.takes._declared_fields.keys(), "1")
            with pytest.raises(Invalid) as refusal:
                admin.ask_directly(service, method.name, **a_body(method.takes()), **extra)
            assert refusal.value.code == "input_invalid"
            assert refused_names(refusal.value.context["fields"]) == extra.keys(), (service, method.name)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_takes_what_it_does_not_know(service):
    """Nor do the objects within, such as conditions of a rule or custom fields of a usergroup."""
    taken = [method.takes() for method in methods_of(service).values()]
    inner = [schema for each in taken for schema in nested_in(each)]
    assert [type(each).__name__ for each in taken + inner if each.unknown != RAISE] == []
