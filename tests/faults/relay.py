"""A relay on a real socket that does what a test tells it, right or wrong.

Each thing that a client does (connects, says MAIL, …) is answered by the script's entry for it:
bytes, or a doing that is handed the conversation. What is not in the script is answered well.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Doing = Callable[["Talk"], bytes | None]
"""Gives what is answered; None for nothing at all."""

GOOD = {
    "CONNECT": b"220 relay.test ESMTP",
    "EHLO": b"250-relay.test\r\n250 8BITMIME",
    "QUIT": b"221 bye",
    "DATA": b"354 go on",
    "CONTENT": b"250 taken",
    "STARTTLS": b"220 go on",
    "AUTH": b"235 welcome",
}


@dataclass
class Talk:
    """One client's connection, as the script sees it."""

    relay: ScriptedRelay
    connection: socket.socket
    number: int
    """Which of the client's connections this is, from 1."""
    sender: str = ""
    recipient: str = ""
    content: bytes = b""

    def hang(self) -> None:
        """Answer nothing until the client gives up or the test ends."""
        self.connection.settimeout(0.05)
        while not self.relay.over.is_set():
            try:
                if not self.connection.recv(4096):
                    raise Gone
            except TimeoutError:
                continue

    def drop(self) -> None:
        """Break the connection off."""
        raise Gone

    def trickle(self, answer: bytes, every: float) -> None:
        """Answer byte by byte."""
        for byte in answer:
            self.connection.sendall(bytes([byte]))
            self.relay.over.wait(every)

    def flood(self, answer: bytes) -> None:
        """Answer the same for as long as anybody listens."""
        while not self.relay.over.is_set():
            self.connection.sendall(answer)


class Gone(Exception):
    """The conversation is over."""


@dataclass
class ScriptedRelay:
    """Listens on a port of this machine; ``taken`` are the mails that it has taken."""

    script: dict[str, bytes | Doing] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    taken: list[tuple[str, str]] = field(default_factory=list)
    """Recipient and Message-ID."""
    heard: list[str] = field(default_factory=list)
    """The lines of all clients."""
    happened: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _listener: socket.socket = field(default_factory=socket.socket)

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @contextmanager
    def listening(self) -> Iterator[ScriptedRelay]:
        """Answer on a free port for as long as the block lasts."""
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self._start(self._accept)
        try:
            yield self
        finally:
            self.over.set()
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for thread in self._threads:
                thread.join(10)

    def _start(self, doing: Callable[[], None]) -> None:
        thread = threading.Thread(target=doing, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.happened["connections"] += 1
            talk = Talk(self, connection, self.happened["connections"])
            self._start(lambda talk=talk: self._talk(talk))  # type: ignore[misc]

    def _talk(self, talk: Talk) -> None:
        with suppress(OSError, Gone):
            self._say(talk, "CONNECT")
            lines = talk.connection.makefile("rb")
            while line := lines.readline():
                text = line.decode(errors="replace").strip()
                self.heard.append(text)
                verb = text.split(" ")[0].upper()
                if verb == "MAIL":
                    talk.sender = _within(text)
                if verb == "RCPT":
                    talk.recipient = _within(text)
                answer = self._say(talk, verb)
                if verb == "STARTTLS" and self.tls is not None:
                    talk.connection = self.tls.wrap_socket(talk.connection, server_side=True)
                    lines = talk.connection.makefile("rb")
                if verb == "DATA" and answer.startswith(b"354"):
                    self._read_content(talk, lines)
                if verb == "QUIT":
                    break
        talk.connection.close()

    def _read_content(self, talk: Talk, lines: Iterator[bytes]) -> None:
        if doing := self.script.get("IN CONTENT"):
            assert callable(doing)
            doing(talk)
        found = []
        for line in lines:
            if line == b".\r\n":
                break
            found.append(line)
        else:
            raise Gone
        talk.content = b"".join(found)
        self._say(talk, "CONTENT")

    def _say(self, talk: Talk, what: str) -> bytes:
        self.happened[what] += 1
        told = self.script.get(what, GOOD.get(what, b"250 ok"))
        answer = told if isinstance(told, bytes) else told(talk)
        if answer is None:
            return b""
        if what == "CONTENT" and answer.startswith(b"2"):
            self.take(talk)
        talk.connection.sendall(answer + b"\r\n")
        return answer

    def take(self, talk: Talk) -> None:
        """Take the mail, whatever is answered."""
        found = re.search(rb"(?im)^Message-ID: *(\S+)", talk.content)
        self.taken.append((talk.recipient, "" if found is None else found[1].decode()))


def _within(text: str) -> str:
    found = re.search(r"<(.*)>", text)
    return "" if found is None else found[1]
