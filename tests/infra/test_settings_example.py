"""`.env.example` names every setting, and no other."""

import re
from pathlib import Path

from infra.processes import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chassis", "services", "gateway", "infra")


def test_every_setting_of_the_table_is_explained():
    named = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(SETTINGS)


def test_every_setting_that_code_asks_for_is_in_the_table():
    asked = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text()
            asked |= set(re.findall(r"(?:settings|self)\.(?:get|setting)\(\"([A-Z_]+)\"", source))
            asked |= set(re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z_]+)\"", source))
    assert {name for name in asked if not name.startswith(("DESK_", "TEST_"))} <= SETTINGS | {"PATH"}
    assert len(asked) > 15
