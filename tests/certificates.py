"""Certificates for servers of the tests, and of an authority that nobody else trusts."""

import ipaddress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def certificates(folder, host):
    """Write an authority's certificate, and one that it gave to a host name or IP address; return both files.

    The second holds its key, too.
    """
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("tests", host))
    authority = _signed(authority_name, authority_key.public_key(), authority_name, authority_key,
                        x509.BasicConstraints(ca=True, path_length=0))  # fmt: skip
    shown = _signed(name, key.public_key(), authority_name, authority_key,
                    x509.SubjectAlternativeName([_named(host)]))  # fmt: skip
    pem = serialization.Encoding.PEM
    trusted, identity = folder / "authority.pem", folder / "server.pem"
    trusted.write_bytes(authority.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    identity.write_bytes(private + shown.public_bytes(pem))
    return trusted, identity


def _signed(name, public_key, by_name, by_key, extension):
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(by_name, name, public_key, x509.random_serial_number(), now - DAY, now + DAY)
    return builder.add_extension(extension, critical=True).sign(by_key, hashes.SHA256())


def _named(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
