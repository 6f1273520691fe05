"""How passwords are kept in demo mode, where everybody knows those of the people in it."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class DemoPasswordHasher(Argon2PasswordHasher):
    """As anywhere, under a name that is known in demo mode alone.

    So nobody signs in with the printed password where the demo's data is served as a real
    installation, by mistake or by a copy.
    """

    algorithm = "demo_argon2"
