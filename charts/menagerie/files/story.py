"""Run a short story against the deployed server, over verified TLS; exit with 1 if a step fails."""

import base64
import http.client
import json
import os
import socket
import ssl
import sys
from pathlib import Path

SERVER, PORT, PUBLIC_HOST = os.environ["SERVER"], int(os.environ["PORT"]), os.environ["PUBLIC_HOST"]
AUTHORITY = os.environ["AUTHORITY"]
PASSWORD = "sunny-pond-biscuit"  # the demo's, which is public


class Connection(http.client.HTTPSConnection):
    """A connection to the Service, verified for the name that customers use."""

    def connect(self) -> None:
        """Open the connection; without an authority of ours, the certificate must be from a public one."""
        plain = socket.create_connection((SERVER, PORT), timeout=10)
        authority = AUTHORITY if Path(AUTHORITY).exists() else None
        self.sock = ssl.create_default_context(cafile=authority).wrap_socket(plain, server_hostname=PUBLIC_HOST)


def ask(method: str, path: str, query: str | None = None, login: str | None = None) -> tuple[int, str]:
    """Send a request and return the status and body of the answer."""
    connection = Connection(PUBLIC_HOST, PORT)
    headers = {"Content-Type": "application/json"}
    if login:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{login}:{PASSWORD}".encode()).decode()
    connection.request(method, path, json.dumps({"query": query}) if query else None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def expect(what: str, right: bool, answer: object) -> None:
    """Print whether an expectation holds, and exit if it doesn't."""
    print(f"{'ok' if right else 'WRONG'}: {what}", flush=True)
    if not right:
        print(answer)
        sys.exit(1)


answer = ask("GET", "/health/ready")
expect("the server is ready, with its database and its cache", '"database":"ok","cache":"ok"' in answer[1], answer)
answer = ask("POST", "/graphql/storefront", "{ store { name } }")
expect("a caller without credentials is refused", answer[0] == 401, answer)
answer = ask("GET", "/metrics")
expect("the public port has no metrics", "menagerie_requests_total" not in answer[1], answer)

if os.environ["DEMO"] == "true":
    answer = ask("GET", "/stores/pawsome")
    expect("the store's page loads", answer[0] == 200 and "<script" in answer[1], answer)
    customer, merchant = "pawsome/ada@example.com", "pawsome/merlin"
    answer = ask("POST", "/graphql/storefront", "{ pets(first: 3) { totalCount nodes { id name } } }", customer)
    expect("a customer sees pets", answer[0] == 200 and "totalCount" in answer[1], answer)
    pets = json.loads(answer[1])["data"]["pets"]["nodes"]
    if pets:
        add = f'mutation {{ addToCart(petId: "{pets[0]["id"]}") {{ __typename }} }}'
        answer = ask("POST", "/graphql/storefront", add, customer)
        expect("can put one into the cart", '"Cart"' in answer[1], answer)
        remove = f'mutation {{ removeFromCart(petId: "{pets[0]["id"]}") {{ availableCount }} }}'
        answer = ask("POST", "/graphql/storefront", remove, customer)
        expect("and take it out again", '"availableCount"' in answer[1], answer)
    answer = ask("POST", "/graphql/merchant", "{ unsoldPets(first: 1) { totalCount } }", merchant)
    expect("the merchant sees the shelf", answer[0] == 200 and "totalCount" in answer[1], answer)
    answer = ask("POST", "/graphql/merchant", "{ unsoldPets(first: 1) { totalCount } }", "ribbit/merlin")
    expect("but not another merchant's", answer[0] == 403, answer)
