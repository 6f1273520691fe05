"""scim2-tester, the public checker of SCIM servers, against the whole product as it runs."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

PATIENCE = 90.0
"""Seconds that the product may take to start."""


@dataclass
class Running:
    """`tenure run --demo`, and the directory of one of its companies."""

    port: int
    path: str
    token: str

    def call(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Send a WSGI request to the server, over the network."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        query = environ.get("QUERY_STRING", "")
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                environ["REQUEST_METHOD"],
                f"{path}?{query}" if query else path,
                environ["wsgi.input"].read(length),
                headers,
            )
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        start_response(f"{answer.status} {answer.reason}", answer.getheaders())
        return [body]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("TENURE_")}
    env |= {"TENURE_HOME": str(tmp_path), "TENURE_DEMO": "1"}
    tenure = [sys.executable, "-m", "tenure.cli.main"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*tenure, "run", "--demo", "--port", str(port)], env=env, stdout=log, stderr=log
        )
        try:
            until = time.monotonic() + PATIENCE
            while not is_up(port):
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < until, (tmp_path / "log").read_text()
            made = json.loads(
                subprocess.run(
                    [*tenure, "token", "add", "Boulangerie Martin", "Checker", "--json"],
                    env=env,
                    check=True,
                    capture_output=True,
                ).stdout
            )
            path = made["address"].partition("/scim/")[2]
            yield Running(port, f"/scim/{path}", made["token"])
        finally:
            process.terminate()
            process.wait(60)


def is_up(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_the_checker_finds_nothing_wrong_with_the_running_product(running: Running) -> None:
    client = WSGISCIMClient(
        running.call,
        base_url=f"http://localhost:{running.port}{running.path}",
        headers={"Authorization": f"Bearer {running.token}"},
    )
    results = check_server(client)
    wrong = [
        f"{each.status.name} {each.title} {each.resource_type}: {each.reason}"
        for each in results
        if each.status not in (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE)
        and each.status.name != "SKIPPED"
    ]
    assert not wrong, "\n".join(wrong)
    done = [each for each in results if each.status.name != "SKIPPED"]
    assert {each.resource_type for each in done} >= {"User", "Group"}
    assert len(done) > 100
