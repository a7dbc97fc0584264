"""CVE-2024-34083 (aiosmtpd): commands sent in clear behind STARTTLS were carried out as if within TLS.

The desk's SMTP process offers no TLS (a mail server in front ends it), so there is nothing to inject into:
the offer is absent, the command refused, and what follows it is ordinary clear text.
"""

from tests.inbound_smtp.running import DOMAIN


def test_starttls_is_neither_offered_nor_taken(smtp):
    """Nor AUTH, which would need it."""
    with smtp.connect() as client:
        client.ehlo()
        assert not client.has_extn("starttls")
        assert not client.has_extn("auth")
    with smtp.raw_client() as client:
        client.ask("EHLO client.example")
        client.send(f"STARTTLS\r\nMAIL FROM:<a@homes.example>\r\nRCPT TO:<desk@{DOMAIN}>\r\n".encode())
        assert [client.answer()[:3] for _ in range(3)] == ["454", "250", "250"]
    assert smtp.rows() == []
