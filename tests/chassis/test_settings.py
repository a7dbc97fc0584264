"""Settings are read whole or refused whole."""

import pytest

from chassis.settings import DEFAULTS, Settings, SettingsError


def test_all_that_is_wrong_is_told_together():
    """One start, one list."""
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment(
            "VAR_DIR",
            "LINK_KEY",
            environment={"DB_POOL_SIZE": "many", "RETRY_DELAYS": "1,x", "LINK_KEY": "c2hvcnQ"},
        )
    said = str(refusal.value)
    assert [name for name in ("VAR_DIR", "LINK_KEY", "DB_POOL_SIZE", "RETRY_DELAYS") if name in said] == [
        "VAR_DIR", "LINK_KEY", "DB_POOL_SIZE", "RETRY_DELAYS",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOG_LEVEL", "LOUD"), ("LOG_LEVEL", "10"), ("PUBLIC_URL", "desk.example"), ("PUBLIC_URL", "ftp://desk.example"),
     ("PUBLIC_URL", "https://desk.example?a=b"), ("MAIL_DOMAIN", "@bad"), ("MAIL_DOMAIN", "a..b"),
     ("HTTP_PORT", "80a"), ("HTTP_PORT", "0"), ("SMTP_PORT", "65536"), ("SMTP_PORT", "٢٥"), ("HEALTH_PORT", "x"),
     ("DB_POOL_SIZE", "0"), ("TRUSTED_PROXIES", "-1"), ("TRUSTED_PROXIES", "10.0.0.1"),
     ("DATABASE_URL", "nonsense"), ("DATABASE_URL", "mysql://u:p@h/d"), ("DATABASE_URL", "postgresql://u:100%sure@h/d"),
     ("AMQP_URI", "http://h/x"), ("AMQP_URI", "amqp://h:x/"), ("AMQP_URI", "amqp://[h/"),
     ("RETRY_DELAYS", "-5"), ("RETRY_DELAYS", "nan,inf"), ("RETRY_DELAYS", "1e400"), ("SMTP_URL", "relay.example")],
)  # fmt: skip
def test_nonsense_is_refused_at_the_start(name, value):
    with pytest.raises(SettingsError, match=f"^{name} is wrong "):
        Settings({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTP_PORT", "65535"), ("HEALTH_PORT", "0"), ("TRUSTED_PROXIES", "0"), ("AMQP_URI", "amqps://u:p%2F@h/v"),
     ("AMQP_URI", "amqp://"), ("DATABASE_URL", "postgresql:///d"), ("DATABASE_URL", "postgres://u:100%25sure@h:5/d"),
     ("DATABASE_URL", "postgresql+psycopg2://u@h/d?sslmode=require"),
     ("LOG_LEVEL", "warning"), ("PUBLIC_URL", "https://desk.example:8443/desk/"), ("MAIL_DOMAIN", "Desk.example"),
     ("MAIL_DOMAIN", "localhost"), ("RETRY_DELAYS", "0,0.05,600"), ("SMTP_URL", "smtp://u:p@relay.example:587?starttls")],
)  # fmt: skip
def test_sense_is_taken(name, value):
    assert Settings({name: value}).get(name) == value


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_every_postgresql_url_means_psycopg2(scheme):
    """SQLAlchemy 2.1 would open `postgresql://` with psycopg 3, which freezes the hub."""
    settings = Settings.from_environment(environment={"TICKETS_DATABASE_URL": f"{scheme}://u:p@h/d"})
    assert settings.database_url("tickets") == "postgresql+psycopg2://u:p@h/d"


@pytest.mark.parametrize("given", [{}, dict.fromkeys(DEFAULTS, "")], ids=["none", "empty"])
def test_what_is_not_given_or_empty_has_a_default(given):
    settings = Settings(given)
    assert (settings.http_address, settings.smtp_address) == (("127.0.0.1", 8000), ("127.0.0.1", 2525))
    assert (settings.health_port, settings.log_level) == (0, "INFO")
    assert (settings.mail_domain, settings.public_url) == ("demo.fielddesk.example", "http://localhost:8000")


def test_what_is_given_goes_before_a_default():
    settings = Settings({"HTTP_HOST": "::1", "HTTP_PORT": "81", "SMTP_HOST": "0.0.0.0", "SMTP_PORT": "25",
                         "HEALTH_PORT": "9100", "LOG_LEVEL": "debug", "MAIL_DOMAIN": "Desk.example"})  # fmt: skip
    assert (settings.http_address, settings.smtp_address) == (("::1", 81), ("0.0.0.0", 25))
    assert (settings.health_port, settings.log_level) == (9100, "debug")
    assert (settings.mail_domain, settings.public_url) == ("desk.example", "http://localhost:81")
