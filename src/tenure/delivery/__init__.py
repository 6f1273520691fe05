"""The outside: lays out and sends e-mail."""
