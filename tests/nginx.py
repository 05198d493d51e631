"""The proxy of production before a server of the tests: deploy/nginx.conf, with its own ports and certificate."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from tests.postgres import end_with_parent

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MISSING = "nginx is missing: apt-get install nginx, or brew install nginx"
START_SECONDS = 20
CONFIGURATION = settings.BASE_DIR / "deploy" / "nginx.conf"
RULES = settings.BASE_DIR / "deploy" / "nginx"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Nginx:
    """Listens on `port`, and on `tls_port` with `certificate`, before one or more web servers; ends with the block.

    Raises RuntimeError where nginx is missing.
    """

    def __init__(self, *upstream_ports):
        if PROGRAM is None:
            raise RuntimeError(MISSING)
        self.upstream_ports, self.port, self.tls_port = upstream_ports, free_port(), free_port()

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="shoppartners-nginx-")
        self.folder = Path(self.temporary.name)
        self.folder.chmod(0o755)  # root's nginx gives up its rights
        self.certificate = self.folder / "fullchain.pem"
        write_certificate(self.certificate, self.folder / "privkey.pem")
        (self.folder / "nginx.conf").write_text(self.configuration())
        (self.folder / "shoppartners").symlink_to(RULES)
        log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            self.command("daemon off;"),
            stderr=log,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        self.wait_until_it_listens()
        return self

    def __exit__(self, *_raised):
        self.process.terminate()
        self.process.wait(20)
        self.temporary.cleanup()

    def command(self, *directives):
        own = " ".join([*directives, f"pid {self.folder}/pid; error_log stderr;"])
        return [PROGRAM, "-p", self.folder, "-e", "stderr", "-c", self.folder / "nginx.conf", "-g", own]

    def lead_to(self, upstream_port):
        """Pass requests to another server from now on; those in hand come to their end."""
        self.upstream_ports = [upstream_port]
        (self.folder / "nginx.conf").write_text(self.configuration())
        self.process.send_signal(signal.SIGHUP)

    def configuration(self):
        """Give that of the containers, with what is this server's own in its place."""
        own = {
            "server web:8000;": "".join(f"server 127.0.0.1:{port};" for port in self.upstream_ports),
            "/etc/nginx/certificates/fullchain.pem": str(self.certificate),
            "/etc/nginx/certificates/privkey.pem": f"{self.folder}/privkey.pem",
        }
        return self.in_place(CONFIGURATION.read_text(), own)

    def in_place(self, text, own):
        """Give the text with what `own` says, and with this server's ports and folders, in the place of others."""
        temporary = "".join(
            f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        listening = {
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.tls_port} ssl;",
            "http {": "http {" + temporary,
        }
        for theirs, ours in (own | listening).items():
            assert text.count(theirs) == 1, theirs
            text = text.replace(theirs, ours)
        return text

    def wait_until_it_listens(self):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("nginx does not listen")


def write_certificate(certificate, key):
    """Write one for localhost that nobody else has signed."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(private.private_bytes(*pem))
