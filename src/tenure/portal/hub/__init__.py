"""The Hub: every account and company that somebody reaches, and what is theirs alone."""
