"""Settings are read whole or refused whole."""

import pytest

from chassis.settings import Settings, SettingsError


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


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_every_postgresql_url_means_psycopg2(scheme):
    """SQLAlchemy 2.1 would open `postgresql://` with psycopg 3, which freezes the hub."""
    settings = Settings.from_environment(environment={"TICKETS_DATABASE_URL": f"{scheme}://u:p@h/d"})
    assert settings.database_url("tickets") == "postgresql+psycopg2://u:p@h/d"
