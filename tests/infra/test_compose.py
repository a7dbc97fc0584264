"""The container files say what the process table says."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

from chassis.files import LARGEST_UPLOAD
from gateway.__main__ import THREADS
from gateway.api.attachments import FRAME
from infra import compose
from infra.processes import BROKER, PROCESSES, SERVICES, broker_setting, database_setting, processes_of

INFRA = Path(compose.__file__).parent


def test_committed_file_is_the_generated_one():
    assert compose.FILE.read_text() == compose.text()
    assert yaml.safe_load(compose.text()) == compose.composed()


def test_every_process_of_the_table_is_there_with_its_settings_only():
    services = compose.composed()["services"]
    assert list(services) == ["postgres", "rabbitmq", "migrate", *SERVICES, "gateway", "smtp"]
    for process in processes_of(BROKER):
        made = services[process.name]
        assert made["command"] == ["python", *process.argv]
        assert tuple(made["environment"]) == process.settings
        assert ":9100/readyz" in str(made["healthcheck"]) or process.health == "HTTP_PORT"
        assert made["stop_grace_period"] == "35s"


def test_who_answers_people_goes_before_who_follows_up():
    shares = {name: service.get("cpu_shares") for name, service in compose.composed()["services"].items()}
    assert {name: share for name, share in shares.items() if share} == {"dispatch": 36, "notifications": 36}


def test_no_process_sees_what_belongs_to_another():
    for process in PROCESSES:
        for service in SERVICES:
            assert (database_setting(service) in process.settings) == (service in process.services)
            assert broker_setting(service) not in process.settings or process.broker_user == service
        assert ("TOKEN_PRIVATE_KEY" in process.settings) == ("identity" in process.services)
        assert "DATABASE_URL" not in process.settings


def test_only_edges_open_ports_and_wait_for_what_they_need():
    services = compose.composed()["services"]
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports == {"gateway": ["${HTTP_PORT:-8000}:8000"], "smtp": ["${SMTP_PORT:-2525}:2525"]}
    assert set(services["tickets"]["depends_on"]) == {"rabbitmq", "postgres", "migrate"}
    assert set(services["gateway"]["depends_on"]) == {"rabbitmq"}
    assert set(services["smtp"]["depends_on"]) == {"postgres", "migrate"}
    assert services["smtp"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_our_processes_write_nowhere_else_and_gain_no_rights():
    """The images of PostgreSQL and RabbitMQ begin as root, and take what they need of its rights with them."""
    wanted = {"read_only": True, "tmpfs": ["/tmp:size=512m"], "cap_drop": ["ALL"],
              "security_opt": ["no-new-privileges:true"]}  # fmt: skip
    services = compose.composed()["services"]
    for name, service in services.items():
        found = {key: service[key] for key in wanted if key in service}
        assert found == ({} if name in ("postgres", "rabbitmq") else wanted)
    assert int(THREADS) * (LARGEST_UPLOAD + FRAME) < 512 * 1024**2, "as many uploads as the gateway has threads"
    values = [value for service in services.values() for value in service["environment"].items()]
    assert all(int(value) > 1023 for name, value in values if name.endswith("_PORT")), "others are root's"


def test_image_is_built_once_and_pulled_by_nobody():
    services = compose.composed()["services"]
    ours = {name: service for name, service in services.items() if service["image"] == "fielddesk"}
    assert set(ours) == {"migrate", *SERVICES, "gateway", "smtp"}
    assert {name for name, service in ours.items() if "build" in service} == {"migrate"}
    assert {name for name, service in ours.items() if service.get("pull_policy") == "never"} == set(ours) - {"migrate"}


def test_no_log_grows_for_ever():
    rotated = {"driver": "json-file", "options": {"max-size": "20m", "max-file": "5"}}
    assert all(service["logging"] == rotated for service in compose.composed()["services"].values())


def test_a_busy_machine_has_its_time_to_start():
    """RabbitMQ took 80 s on a core shared with twenty programs, and its diagnostics take half a second of one alone."""
    checks = [service["healthcheck"] for service in compose.composed()["services"].values() if "healthcheck" in service]
    assert {(check["start_period"], check["timeout"]) for check in checks} == {("300s", "30s")}


def test_a_database_that_is_only_being_made_is_not_healthy():
    check = compose.composed()["services"]["postgres"]["healthcheck"]["test"]
    assert check == ["CMD", "pg_isready", "--host", "127.0.0.1", "--username", "fielddesk"]


def test_secrets_are_asked_for_and_printed_on_request():
    asked = set(re.findall(r"\$\{(\w+):\?", compose.text()))
    printed = subprocess.run(
        [sys.executable, "-m", "infra.compose", "secrets"],
        cwd=INFRA.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    made = dict(line.split("=", 1) for line in printed.splitlines())
    assert asked == {*made, "MAIL_DOMAIN", "PUBLIC_URL"}
    assert not any(value in compose.FILE.read_text() for value in made.values())


def test_image_holds_every_package_that_a_process_is_started_from():
    dockerfile = (INFRA / "Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) \w+$", dockerfile, re.MULTILINE))
    assert {process.argv[1].split(".")[0] for process in processes_of(BROKER)} | {"infra"} <= copied
    assert re.search(r"^USER fielddesk$", dockerfile, re.MULTILINE)


def test_user_of_the_image_reads_all_of_it_whatever_umask_the_checkout_was_made_under():
    lines = (INFRA / "Dockerfile").read_text().splitlines()
    assert lines.count("RUN chmod -R a+rX .") == 1
    last_copy = max(place for place, line in enumerate(lines) if line.startswith("COPY"))
    assert last_copy < lines.index("RUN chmod -R a+rX .") < lines.index("USER fielddesk")


def test_image_carries_no_tool_of_the_tests():
    assert set(re.findall(r"[\w-]+\.lock", (INFRA / "Dockerfile").read_text())) == {"requirements.lock"}
