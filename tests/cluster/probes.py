"""Python code that runs in our containers without being on their disks."""

PLAIN_DATABASE = """
import psycopg
from menagerie.settings import read_settings
address = read_settings().database_url.get_secret_value()
with psycopg.connect(address) as encrypted:
    print("encrypted:", encrypted.pgconn.ssl_in_use)
try:
    psycopg.connect(address, sslmode="disable")
    print("plain text: taken")
except psycopg.OperationalError as error:
    print("plain text:", error)
"""
PLAIN_CACHE = """
import socket
from urllib.parse import urlsplit
from menagerie.settings import read_settings
parts = urlsplit(read_settings().redis_url.get_secret_value())
print("scheme:", parts.scheme)
with socket.create_connection((parts.hostname, parts.port), 5) as plain:
    plain.sendall(b"*1\\r\\n$4\\r\\nPING\\r\\n")
    plain.settimeout(5)
    try:
        print("answer:", plain.recv(100))
    except OSError as error:
        print("answer: b''", error)
"""
SECRETS = """
import os, pathlib
def privileged(names):
    return [name for name in names if "owner" in name.lower() or "superuser" in name.lower()]
print("environment", privileged(os.environ))
print("files", privileged(str(path) for path in pathlib.Path("/run/menagerie").rglob("*")))
print("token", pathlib.Path("/var/run/secrets/kubernetes.io").exists())
print("root", os.getuid() == 0)
try:
    pathlib.Path("/opt/menagerie/planted").write_text("x")
    print("disk writable")
except OSError:
    print("disk read-only")
"""
NO_SECRETS = ["environment []", "files []", "token False", "root False", "disk read-only"]
