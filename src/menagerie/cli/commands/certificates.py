"""`menagerie certificates`: the local authority and localhost's certificate."""

from datetime import datetime
from pathlib import Path

import typer
from cryptography import x509

from menagerie.cli.console import Json, say, say_json, say_table
from menagerie.local.certificates import fingerprint
from menagerie.local.installation import Installation
from menagerie.local.truststores import trust as trust_authority
from menagerie.local.truststores import untrust as untrust_authority

app = typer.Typer(help="The certificates of the embedded installation.", no_args_is_help=True)


@app.command()
def show(json: Json = False) -> None:
    """Show where the certificates are and when they expire."""
    files = Installation().certificates()
    found = [("authority", files.authority), ("server", files.certificate)]
    if json:
        say_json(
            [
                {"kind": kind, "file": str(path), "expires": _expiry(path).isoformat(), "sha256": fingerprint(path)}
                for kind, path in found
            ]
        )
        return
    rows = [(kind, str(path), f"{_expiry(path):%Y-%m-%d}", fingerprint(path)) for kind, path in found]
    say_table(("Certificate", "File", "Expires", "SHA-256"), rows, empty="")


@app.command()
def trust() -> None:
    """Make this machine and its browsers trust the local authority, which can only vouch for localhost."""
    for sentence in trust_authority(Installation().certificates().authority):
        say(sentence)


@app.command()
def untrust() -> None:
    """Remove the local authority from everything that trusts it."""
    for sentence in untrust_authority(Installation().home / "certificates" / "authority.pem"):
        say(sentence)


@app.command()
def renew() -> None:
    """Issue a new certificate for localhost from the same authority."""
    installation = Installation()
    installation.certificates().certificate.unlink(missing_ok=True)
    files = installation.certificates()
    say(f"The certificate of localhost is new and valid until {_expiry(files.certificate):%Y-%m-%d}.")
    if installation.holder() is not None:
        say("Restart `menagerie run` to serve with it.")


def _expiry(certificate: Path) -> datetime:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
