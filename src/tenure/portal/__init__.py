"""The pages: HTML, server-made."""
