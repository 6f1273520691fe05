"""A provider of OpenID Connect over HTTP, which keeps to the standard until it is told to lie."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT = "tenure"
SECRET = "a secret: of two"

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Provider:
    """Its state; a test changes it while it runs.

    ``claims``: of whoever signs in. ``userinfo``: what it says only when asked, with ``sub``.
    ``lie``: changes a token before it is signed. ``key``, ``alg``: what it signs with.
    """

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    lie: Callable[[dict[str, Any]], None] = lambda token: None
    key: Any = KEY
    alg: str = "ES256"
    issuer: str = ""
    iss: str | None = None
    """What it says in its answer that it is; left out where None."""
    methods: tuple[str, ...] = ("client_secret_basic",)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was asked with each code."""

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer or self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": list(self.methods),
            "authorization_response_iss_parameter_supported": self.iss is not None,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Let whoever ``claims`` says in, and give where they are sent back."""
        code = secrets.token_urlsafe()
        self.asked[code] = asked
        answer = {"code": code, "state": asked["state"]}
        if self.iss is not None:
            answer["iss"] = self.iss
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.asked.pop(form.get("code", ""), None)
        if authorization.startswith("Basic "):
            pair = b64decode(authorization[6:]).decode().split(":", 1)
            client, secret = unquote(pair[0]), unquote(pair[1])
        else:
            client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if (client, secret) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        proof = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(proof).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["code_challenge_method"] != "S256"
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())  # noqa: TID251 - a provider has a clock of its own
        token = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        if asked.get("max_age") == "0":
            token["auth_time"] = now
        self.lie(token)
        signed = jwt.encode(token, self.key, algorithm=self.alg, headers={"kid": "one"})
        return 200, {"access_token": "let-me-ask", "token_type": "Bearer", "id_token": signed}

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "ES256"}]}


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve a provider on a free port of this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.end_headers()
            elif parts.path == "/userinfo":
                known = self.headers["Authorization"] == "Bearer let-me-ask"
                self._answer(200 if known else 401, provider.userinfo or {})
            elif parts.path == "/keys":
                self._answer(200, provider.keys())
            elif parts.path == "/.well-known/openid-configuration":
                self._answer(200, provider.description())
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
