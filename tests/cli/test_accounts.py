"""Merchants and customers: their passwords are typed, piped or generated."""

import os
import pty
import re
import select
import subprocess

import psycopg
import pytest
from passlib.hash import argon2


def newest_customers_password_hash(up, store):
    with psycopg.connect(up.superuser_address, dbname="menagerie") as connection:
        query = f"SELECT password_hash FROM store_{store.replace('-', '_')}.customer ORDER BY id DESC LIMIT 1"
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def password_hash_of(up, login):
    with psycopg.connect(up.superuser_address, dbname="menagerie") as connection:
        query = "SELECT password_hash FROM platform.merchant WHERE login = %s"
        row = connection.execute(query, (login,)).fetchone()
        assert row is not None
        return row[0]


def test_a_generated_password_is_shown_once_and_works(cli, up):
    password = cli("merchant", "create", "generated", "--generate").stdout.splitlines()[-1]
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){4}", password)
    assert argon2.verify(password, password_hash_of(up, "generated"))
    assert password not in cli("merchant", "list").stdout


def test_a_password_comes_from_standard_input_and_can_be_changed(cli, up):
    cli("merchant", "create", "piped", "--password-stdin", stdin="first-of-them\n")
    assert argon2.verify("first-of-them", password_hash_of(up, "piped"))
    output = cli("merchant", "password", "piped", "--password-stdin", stdin="second-of-them")
    assert argon2.verify("second-of-them", password_hash_of(up, "piped"))
    assert "second-of-them" not in output.stdout + output.stderr


def test_a_taken_login_is_refused_and_keeps_its_password(cli, up):
    cli("merchant", "create", "taken", "--password-stdin", stdin="first-of-them")
    output = cli("merchant", "create", "taken", "--password-stdin", stdin="second-of-them", exit_code=1).stderr
    assert "There is already a merchant taken. Choose another login." in output
    assert argon2.verify("first-of-them", password_hash_of(up, "taken"))


@pytest.mark.parametrize("command", [("merchant", "create", "nobody"), ("merchant", "password", "nobody")])
def test_without_a_terminal_the_options_are_named(cli, command):
    output = cli(*command, exit_code=2).stderr
    assert "--password-stdin" in output
    assert "--generate" in output


def test_an_invalid_password_or_login_is_explained(cli):
    assert "at least 10" in cli("merchant", "create", "shorty", "--password-stdin", stdin="short", exit_code=1).stderr
    assert "no password" in cli("merchant", "create", "empty", "--password-stdin", exit_code=2).stderr
    assert "one of" in cli("merchant", "create", "both", "--generate", "--password-stdin", exit_code=2).stderr
    assert "lowercase letters" in cli("merchant", "create", "Ada@x.com", "--generate", exit_code=1).stderr
    assert "create nobody" in cli("merchant", "disable", "nobody", exit_code=1).stderr


def at_a_terminal(cli, arguments, answers):
    """Run the command at a terminal, where it prompts."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*cli.command, *arguments],
        env=cli.variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    printed, unread = b"", b""
    try:
        for question, answer in answers:
            while question not in unread:
                unread += read_output(ours)
            printed, unread = printed + unread, b""
            os.write(ours, answer + b"\n")
        while chunk := read_output(ours):
            unread += chunk
    except OSError:  # how Linux reports that the other side has closed
        pass
    finally:
        os.close(ours)
    return process.wait(30), (printed + unread).decode()


def read_output(terminal):
    ready, _, _ = select.select([terminal], [], [], 30)
    assert ready, "the command printed nothing more"
    return os.read(terminal, 4096)


def test_at_a_terminal_it_prompts_twice_and_echoes_nothing(cli, up):
    answers = [(b"Password: ", b"typed-by-hand"), (b"confirmation: ", b"typed-by-hand")]
    code, output = at_a_terminal(cli, ["merchant", "create", "typist"], answers)
    assert code == 0
    assert "typed-by-hand" not in output
    assert argon2.verify("typed-by-hand", password_hash_of(up, "typist"))


def test_at_a_terminal_a_store_is_deleted_by_typing_its_name(cli):
    cli("merchant", "create", "fickle", "--generate")
    cli("store", "create", "short-lived", "--name", "Short", "--merchant", "fickle")
    code, _ = at_a_terminal(cli, ["store", "delete", "short-lived"], [(b"to confirm: ", b"shortlived")])
    assert code == 2
    code, _ = at_a_terminal(cli, ["store", "delete", "short-lived"], [(b"to confirm: ", b"short-lived")])
    assert code == 0
    cli("store", "show", "short-lived", exit_code=1)


def test_merchants_are_listed_with_their_stores(cli, two_stores):
    cli("merchant", "create", "retired", "--generate")
    cli("merchant", "disable", "retired")
    merchants = {entry["login"]: entry for entry in cli.json("merchant", "list")}
    assert merchants["merlin"]["stores"] == ["pawsome"]
    assert merchants["flora"]["stores"] == ["happy-frogs"]
    assert merchants["retired"]["state"] == "disabled"
    assert merchants["retired"]["stores"] == []


def test_a_disabled_merchant_can_be_enabled_again(cli):
    cli("merchant", "create", "resting", "--generate")
    assert "merchant enable" not in cli("merchant", "password", "resting", "--generate").stdout
    cli("merchant", "disable", "resting")
    output = cli("merchant", "password", "resting", "--generate").stdout
    assert "They still can't sign in" in output
    assert "menagerie merchant enable resting" in output
    cli("merchant", "enable", "resting")
    merchants = {entry["login"]: entry["state"] for entry in cli.json("merchant", "list")}
    assert merchants["resting"] == "active"
    assert "create nobody" in cli("merchant", "enable", "nobody", exit_code=1).stderr


def test_a_customer_belongs_to_one_store(cli, two_stores):
    pawsome, frogs = two_stores
    before = [cli.json("store", "show", store)["customers"] for store in two_stores]
    cli("customer", "create", pawsome, "grace@example.com", "--name", "Grace", "--generate")
    assert cli.json("store", "show", pawsome)["customers"] == before[0] + 1
    assert cli.json("store", "show", frogs)["customers"] == before[1]
    again = ("customer", "create", pawsome, "Grace@Example.com", "--name", "Grace", "--generate")
    assert "already an account" in cli(*again, exit_code=1).stderr
    unknown = ("customer", "create", "nowhere", "grace@example.com", "--name", "Grace", "--generate")
    assert "store list" in cli(*unknown, exit_code=1).stderr
    wrong = ("customer", "create", pawsome, "no-address", "--name", " ", "--generate")
    output = cli(*wrong, exit_code=1).stderr
    assert "not an email address" in output
    assert "name cannot be empty" in output


def test_a_customers_password_is_reset_in_their_store_only(cli, up):
    cli("merchant", "create", "forgetful", "--generate")
    pawsome, frogs = "forgetful-paws", "forgetful-frogs"
    for store in (pawsome, frogs):
        cli("store", "create", store, "--name", "Forgetful", "--merchant", "forgetful")
    for store in (pawsome, frogs):
        cli(
            "customer",
            "create",
            store,
            "lost@example.com",
            "--name",
            "Lost",
            "--password-stdin",
            stdin="old password\n",
        )

    def reset(store, email, *, exit_code=0):
        return cli("customer", "password", store, email, "--generate", exit_code=exit_code)

    assert "no customer" in reset(pawsome, "nobody@example.com", exit_code=1).stderr
    assert "store list" in reset("nowhere", "lost@example.com", exit_code=1).stderr
    output = reset(pawsome, " Lost@Example.com ").stdout.splitlines()
    assert "signed out everywhere" in output[0]
    assert argon2.verify(output[-1], newest_customers_password_hash(up, pawsome))
    assert argon2.verify("old password", newest_customers_password_hash(up, frogs))
