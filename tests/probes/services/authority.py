"""Certificates of every kind, made for the test: a root, an intermediate, and what they sign."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

HOST = "portal.prov.test"
DAY = timedelta(days=1)


class Issuer:
    """A name with a key that signs, by itself without `above`. It outlives what it signs."""

    def __init__(
        self, name: str, above: Issuer | None = None, *, ends: timedelta = 3650 * DAY
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.cert = _sign(self.name, self.key, above or self, is_ca=True, ends=ends)

    @property
    def pem(self) -> bytes:
        return self.cert.public_bytes(Encoding.PEM)


def _sign(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: Issuer,
    *,
    names: tuple[str, ...] = (),
    is_ca: bool = False,
    begins: timedelta = -DAY,
    ends: timedelta = 90 * DAY,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
    return made.sign(by.key, hashes.SHA256())


def _general(names: tuple[str, ...]) -> list[x509.GeneralName]:
    return [
        x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        for name in names
    ]


class Authority:
    """Root, intermediate, and files of what a server shows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = Issuer("Thử Root CA")
        self.middle = Issuer("Thử Issuing CA", self.root)
        self.ca_file = folder / "root.pem"
        self.ca_file.write_bytes(self.root.pem)

    def server(
        self,
        name: str,
        *,
        names: tuple[str, ...] = (HOST,),
        by: Issuer | None = None,
        chain: tuple[Issuer, ...] | None = None,
        begins: timedelta = -DAY,
        ends: timedelta = 90 * DAY,
    ) -> ssl.SSLContext:
        """A server's context; without `chain` it sends the intermediate. `by`: another issuer."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        by = by or self.middle
        cert = _sign(subject, key, by, names=names, begins=begins, ends=ends)
        return self._context(name, key, cert, (self.middle,) if chain is None else chain)

    def self_signed(self, name: str) -> ssl.SSLContext:
        own = Issuer(HOST)
        names = (HOST,)
        cert = _sign(own.name, own.key, own, names=names)
        return self._context(name, own.key, cert, ())

    def _context(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        cert: x509.Certificate,
        chain: tuple[Issuer, ...],
    ) -> ssl.SSLContext:
        file = self._folder / f"{name}.pem"
        parts = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())]
        parts += [cert.public_bytes(Encoding.PEM), *(issuer.pem for issuer in chain)]
        file.write_bytes(b"".join(parts))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context
