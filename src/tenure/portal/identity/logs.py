"""Keeps links and tokens that are secrets out of the logs."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(
    r"(/me/(?:confirm-email|password/reset/key)/|/invitations/|/calendar/|/keys/)[^/\s\"'?]+"
    r"|([?&](?:code|state|key|token)=)[^&\s\"']+|(\btnr_(?:scim|api|cal)_)[\w-]+"
)


class WithoutSecrets(logging.Filter):
    """Strikes the secret part of such addresses, and of tokens, from whatever is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, some of them shortened."""
        line = record.getMessage()
        shortened = SECRET.sub(lambda found: f"{found[1] or found[2] or found[3]}…", line)
        if shortened != line:
            record.msg, record.args = shortened, None
        return True
