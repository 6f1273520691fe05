"""A relay in a process of its own that takes everything: aiosmtpd, as tests use it.

``python -m bench.relay_process`` prints its port, and ends when its standard input does.
"""

from __future__ import annotations

import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Takes every mail."""

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer a mail."""
        return "250 taken"


def main() -> None:
    """Serve until standard input ends."""
    import asyncio

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Mailbox()), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()

    asyncio.run(serve())


main()
