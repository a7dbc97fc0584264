"""What the checker reads by outlives the server that it reads from."""

from infra.chaos.tables import Tables


def test_rows_are_read_after_the_server_was_killed(server_url):
    """A connection that was cut off is made anew."""
    tables = Tables(lambda _service: server_url)
    ((process,),) = tables.rows("tickets", "SELECT pg_backend_pid()")
    assert tables.rows("inbound", "SELECT pg_terminate_backend(%s, 5000)", process) == [(True,)]
    ((other,),) = tables.rows("tickets", "SELECT pg_backend_pid()")
    assert other != process
