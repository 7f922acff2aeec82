"""Trusting and forgetting the authority, with a stand-in for the system's trust store."""

import stat

import pytest

from menagerie.local import truststores
from menagerie.local.certificates import ensure_certificates


@pytest.fixture
def system(tmp_path, monkeypatch):
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    store = truststores._SystemStore(anchors, ("true",), ("true",))
    monkeypatch.setattr(truststores, "_LINUX_STORES", (store,))
    monkeypatch.setattr(truststores.sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    return anchors


@pytest.fixture
def authority(tmp_path):
    return ensure_certificates(tmp_path / "certificates").authority


def test_the_system_trusts_and_forgets(system, authority):
    assert truststores.trust(authority)[0] == "The system now trusts it."
    copy = system / "menagerie-local-authority.crt"
    assert copy.read_bytes() == authority.read_bytes()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o644
    assert truststores.untrust(authority)[0] == "The system no longer trusts it."
    assert not copy.exists()
    assert truststores.untrust(authority)[0] == "The system did not trust it."


def test_without_root_the_command_is_printed(system, authority, monkeypatch):
    monkeypatch.setattr(truststores, "_may_write", lambda _directory: False)
    sentence = truststores.trust(authority)[0]
    assert "sudo install -m 644" in sentence
    assert not list(system.iterdir())


def test_an_unknown_system_gets_advice(authority, monkeypatch, tmp_path):
    monkeypatch.setattr(truststores, "_LINUX_STORES", ())
    monkeypatch.setattr(truststores.sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "by hand" in truststores.trust(authority)[0]


def test_browsers_without_certutil_get_advice(system, authority, monkeypatch, tmp_path):
    profile = tmp_path / "person" / ".mozilla" / "firefox" / "abc.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").touch()
    monkeypatch.setattr(
        truststores.shutil, "which", lambda name, path=None: None if name == "certutil" else f"/usr/bin/{name}"
    )
    assert "certutil" in truststores.trust(authority)[-1]
