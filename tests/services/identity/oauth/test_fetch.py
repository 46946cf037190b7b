"""What a stranger names is fetched from the internet alone, and is not followed anywhere."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.identity.oauth.document import Away, Unreadable
from services.identity.oauth.fetch import LARGEST, Fetcher, is_public

pytestmark = pytest.mark.anyio

HOST = "client.example"
Respond = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of HOST, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "host.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def served(certificate: Path, respond: Respond) -> AsyncGenerator[tuple[Fetcher, str]]:
    """A fetcher that finds HOST here, and the address of the document."""
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await respond(await reader.readuntil(b"\r\n\r\n"), writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=ours)
    port = server.sockets[0].getsockname()[1]

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    fetcher = Fetcher(
        resolve=resolve,
        allowed=lambda address: address == "127.0.0.1",
        ssl_context=ssl.create_default_context(cafile=str(certificate)),
        seconds=0.5,
    )
    async with server:
        yield fetcher, f"https://{HOST}:{port}/client.json"
        await fetcher.close()


def answering(status: str, body: bytes = b"{}", **headers: str) -> Respond:
    async def respond(_head: bytes, writer: asyncio.StreamWriter) -> None:
        given = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items()]
        writer.write("\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body)
        await writer.drain()

    return respond


async def test_a_document_is_fetched_over_tls_without_anything_of_ours(certificate: Path):
    heads: list[bytes] = []

    async def respond(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        await answering("200 OK", b'{"a": 1}')(head, writer)

    async with served(certificate, respond) as (fetch, url):
        assert await fetch(url) == b'{"a": 1}'
    assert heads[0].startswith(b"GET /client.json HTTP/1.1\r\n")
    assert b"cookie" not in heads[0].lower()
    assert b"authorization" not in heads[0].lower()


@pytest.mark.promise("5.oauth.documents-from-outside")
@pytest.mark.parametrize(
    "respond",
    [
        answering("302 Found", location="https://127.0.0.1/"),
        answering("404 Not Found"),
        answering("200 OK", content_type="text/html"),
        answering("200 OK", b"x" * (LARGEST + 1)),
        answering("200 OK", b"x", content_length=str(1 << 40)),
        answering("999"),
    ],
)
async def test_what_is_no_document_is_not_taken(certificate: Path, respond: Respond):
    async with served(certificate, respond) as (fetch, url):
        with pytest.raises(Unreadable):
            await fetch(url)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("404 Not Found", Unreadable),
        ("410 Gone", Unreadable),
        ("403 Forbidden", Away),
        ("503 Away", Away),
    ],
)
async def test_what_is_gone_is_told_from_what_is_away(
    certificate: Path, status: str, kind: type[Unreadable]
):
    async with served(certificate, answering(status)) as (fetch, url):
        with pytest.raises(Unreadable) as raised:
            await fetch(url)
    assert type(raised.value) is kind


@pytest.mark.promise("5.oauth.documents-from-outside")
async def test_what_does_not_come_is_waited_for_so_long(certificate: Path):
    ended = asyncio.Event()

    async def respond(_head: bytes, _writer: asyncio.StreamWriter) -> None:
        await ended.wait()

    async with served(certificate, respond) as (fetch, url):
        with pytest.raises(Unreadable, match="too long"):
            await fetch(url)
        ended.set()


async def test_a_host_without_a_certificate_of_its_own_is_not_believed(certificate: Path):
    async with served(certificate, answering("200 OK")) as (fetch, url):
        with pytest.raises(Unreadable):
            await fetch(url.replace(HOST, "other.example"))


@pytest.mark.promise("5.oauth.documents-from-outside")
@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], []], ids=str
)
async def test_nothing_is_fetched_from_here_or_beside_here(addresses: list[str]):
    async def resolve(_host: str, _port: int) -> list[str]:
        return addresses

    with pytest.raises(Unreadable, match="public address"):
        await Fetcher(resolve=resolve)(f"https://{HOST}/client.json")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "::127.0.0.1",
        "::ffff:0:7f00:1",
        "fec0::1",
        "5f00::1",
        "192.0.0.8",
        "192.88.99.1",
    ],
)
def test_an_address_that_is_not_on_the_internet(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_an_address_that_is_on_the_internet(address: str):
    assert is_public(address)
