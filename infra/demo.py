"""Demo data: a small property manager's desk, made through the public API alone, once.

The logins are known to everybody, so this is loaded on loopback only.
"""

import json
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from infra.direct_http import open_directly

DOMAIN = "demo.fielddesk.example"
PASSWORD = "demo-fielddesk"
#: Login name -> role and full name.
PEOPLE = {
    "manager": ("manager", "Marie Manager", "fr"),
    "agent": ("agent", "Albert Agent", "en"),
    "worker": ("worker", "Wanda Worker", "de"),
    "contractor": ("external_agent", "Carlos Contractor", "es"),
    "client": ("client", "Claire Client", "fr"),
    "resident": ("requester", "René Resident", "fr"),
}
#: How long one thing may wait for another service's copy of what it names, in seconds.
PATIENCE = 30


class DemoError(Exception):
    """The demo data could not be loaded; the message says what was refused."""


def load(base_url):
    """Load the demo data through the API.

    :param base_url: address of the gateway, on loopback.
    :raises DemoError: the address is not loopback, or something was refused.
    """
    if not is_loopback(base_url):
        raise DemoError("Demo logins are for loopback only; use --no-demo here.")
    admin = Caller(base_url)
    admin.sign_in(f"admin@{DOMAIN}")
    organisation = admin.make("/organisations", {"name": "Lindenhof owners"})
    people = {name: _person(admin, name, organisation) for name in PEOPLE}
    group = admin.make(
        "/usergroups",
        {
            "name": "Lindenhof",
            "private_allowed": True,
            "members": [people["resident"]["id"]],
            "supervisors": [people["manager"]["id"]],
            "agents": [people["agent"]["id"], people["manager"]["id"]],
        },
    )
    sites = _sites(admin, organisation, group)
    categories = {
        slug: admin.make("/categories", {"name": name, "slug": slug, "usergroup_id": group["id"]})
        for slug, name in (
            ("heating", "Heating"),
            ("water", "Water"),
            ("lift", "Lift"),
            ("cleaning", "Cleaning"),
        )
    }
    _doors(admin, group, categories)
    _work(base_url, people, sites, categories, group)


def is_loopback(url):
    """Whether an address means this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _person(admin, name, organisation):
    role, full_name, language = PEOPLE[name]
    return admin.make(
        "/people",
        {
            "email": f"{name}@{DOMAIN}",
            "name": full_name,
            "role": role,
            "language": language,
            "password": PASSWORD,
            **({"organisation_id": organisation["id"]} if role == "client" else {}),
        },
    )


def _sites(admin, organisation, group):
    estate = admin.make(
        "/sites",
        {
            "name": "Lindenhof",
            "kind": "property",
            "time_zone": "Europe/Paris",
            "address": "1 rue des Tilleuls, Strasbourg",
            "organisation_id": organisation["id"],
            "usergroup_id": group["id"],
        },
    )
    building = admin.make("/sites", {"name": "Building A", "kind": "building", "parent_id": estate["id"]})
    unit = admin.make("/sites", {"name": "Flat 12", "kind": "unit", "parent_id": building["id"]})
    return {"estate": estate, "building": building, "unit": unit}


def _doors(admin, group, categories):
    mailbox = {
        "address": f"desk@{DOMAIN}",
        "name": "Lindenhof desk",
        "language": "fr",
        "usergroup_id": group["id"],
    }
    admin.make("/mailboxes", mailbox)
    admin.make(
        "/webforms",
        {"slug": "lindenhof", "name": "Report a problem", "language": "fr", "usergroup_id": group["id"]},
    )
    words = {
        "heating": ["heating", "chauffage", "Heizung", "calefacción"],
        "lift": ["lift", "ascenseur", "Aufzug"],
    }
    for slug, given in words.items():
        admin.make(
            "/routing-rules",
            {
                "name": f"{slug.title()} by its words",
                "conditions": {"words": given},
                "then": {
                    "usergroup_id": group["id"],
                    "category_id": categories[slug]["id"],
                    **({"priority": "high"} if slug == "heating" else {}),
                },
            },
        )


def _work(base_url, people, sites, categories, group):
    resident, manager = Caller(base_url), Caller(base_url)
    resident.sign_in(f"resident@{DOMAIN}")
    manager.sign_in(f"manager@{DOMAIN}")
    tickets = [
        resident.make(
            "/tickets",
            {"subject": subject, "description": text, "site": sites["unit"]["id"], "usergroup": group["id"],
             "category": categories[slug]["id"]},
        )
        for slug, subject, text in (
            ("heating", "Plus de chauffage", "Le radiateur du salon reste froid depuis hier soir."),
            ("lift", "L'ascenseur s'arrête au 2e", "La porte ne s'ouvre pas complètement."),
            ("cleaning", "Hall pas nettoyé", "Le hall d'entrée n'a pas été nettoyé cette semaine."),
        )
    ]  # fmt: skip
    order = manager.make(
        "/work-orders",
        {"ticket_id": tickets[0]["id"], "title": "Repair the radiator", "site_id": sites["unit"]["id"]},
    )
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    manager.make(
        "/interventions",
        {"work_order_id": order["id"], "workers": [people["worker"]["id"]],
         "starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat()},
    )  # fmt: skip


class Caller:
    """A client of the API with one key per thing, so that loading again makes nothing twice."""

    def __init__(self, base_url):
        self._base = f"{base_url}/api/v1"
        self._token = None
        self._who = ""

    def sign_in(self, email):
        """Sign in with the demo password."""
        self._who = email
        answer = self._patiently("/session", {"email": email, "password": PASSWORD})
        self._token = answer["access_token"]

    def make(self, path, body):
        """Create a thing; what it names may still be on its way to the service that is asked."""
        return self._patiently(path, body)

    def _patiently(self, path, body):
        ends = time.monotonic() + PATIENCE
        while True:
            status, answer = self._post(path, body)
            if status < 300:
                return answer
            if status not in (401, 403, 404, 409, 422, 503) or time.monotonic() > ends:
                raise DemoError(f"POST {path} answered {status}: {answer.get('detail') or answer.get('code')}")
            time.sleep(0.1)

    def _post(self, path, body):
        request = urllib.request.Request(self._base + path, json.dumps(body).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
            request.add_header("Idempotency-Key", str(uuid5(NAMESPACE_URL, f"{self._who} {path} {json.dumps(body)}")))
        try:
            with open_directly(request, seconds=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
