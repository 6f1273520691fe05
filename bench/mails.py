"""Row `mails`: what one engine hands to a relay on the same machine, from its queue.

Against smtplib with the very same messages, already written, over connections that are kept:
it only sends. The engine also leases, evaluates the company, lays out, records the answer, and
starts the period of what was served.
"""

from __future__ import annotations

import smtplib
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from bench import databases, fill
from bench.measures import Figure, compared, seconds
from bench.sizes import Size
from bench.transitions import AT, copies
from tenure.clock import SetClock
from tenure.delivery.relays import Answer, Relay, SmtpRelay, hands_of
from tenure.engine import steps
from tenure.engine.deliveries import Postman
from tenure.store.models import Delivery

Message = tuple[str, str, bytes]
"""Sender, recipient, and the whole mail."""


@dataclass(slots=True)
class Witness:
    """Hands mails on to a relay, and remembers them."""

    relay: Relay
    given: list[tuple[EmailMessage, str]] = field(default_factory=list)

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        """Hand a mail over."""
        self.given.append((mail, recipient))
        return self.relay.take(mail, recipient)

    def hands(self) -> list[Relay]:
        """Give as many hands as the relay has."""
        return [Witness(hand, self.given) for hand in hands_of(self.relay)]

    def close(self) -> None:
        """End what is kept open."""
        self.relay.close()


@contextmanager
def relay() -> Iterator[int]:
    """Start the relay's process; yield its port."""
    command = [sys.executable, "-m", "bench.relay_process"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        yield int(process.stdout.readline())
        process.stdin.close()


def send(connection: smtplib.SMTP, messages: list[Message]) -> None:
    """Send messages one after the other."""
    for sender, recipient, content in messages:
        connection.sendmail(sender, [recipient], content)


def measure(size: Size) -> list[Figure]:
    """Compare an engine with smtplib over one connection, and over four at once."""
    companies, turns = (10, 2) if size.small else (100, 20)
    with databases.fresh("mails") as address, relay() as port, ExitStack() as stack:
        with databases.connect(address) as plain:
            todo = copies(plain, companies * (turns + 1), kinds=1 if size.small else None)
            fill.empty(plain)
            fill.write(plain, todo)
        databases.settle(address)
        hands = [stack.enter_context(smtplib.SMTP("127.0.0.1", port)) for _ in range(4)]
        pool = stack.enter_context(ThreadPoolExecutor(len(hands)))
        witness = Witness(SmtpRelay(f"smtp://127.0.0.1:{port}"))
        stack.callback(witness.close)
        clock = SetClock(AT)
        postman = Postman(clock, witness)
        ours: list[float] = []
        one: list[float] = []
        four: list[float] = []
        for turn in range(turns + 1):
            part = todo[turn * companies : (turn + 1) * companies]
            steps.step([prototype.company_id(number) for prototype, number in part], clock)
            witness.given.clear()
            took = seconds(postman.deliver)
            messages: list[Message] = [
                (mail["From"].addresses[0].addr_spec, to, mail.as_bytes())
                for mail, to in witness.given
            ]
            count = len(messages)
            if count < companies or Delivery.objects.filter(state="queued").exists():
                raise AssertionError(f"{count} mails were handed over for {companies} companies")

            def alone() -> None:
                send(hands[0], messages)  # noqa: B023 - called at once

            def together() -> None:
                parts = [messages[i::4] for i in range(4)]  # noqa: B023 - called at once
                list(pool.map(send, hands, parts))

            alone_took, together_took = seconds(alone), seconds(together)
            if turn:  # the first opens the connection
                ours.append(took / count)
                one.append(alone_took / count)
                four.append(together_took / count)
    what = "a mail handed over by an engine, against smtplib over "
    shape = {"unit": "ms", "scale": 1e3, "at_most": False}
    return [
        compared("mails", f"{what}one connection", ours, one, limit=0.7, **shape),
        compared("mails", f"{what}four connections at once", ours, four, limit=None, **shape),
    ]
