"""Signing in with a provider of OpenID Connect: an app of django-allauth's, in place of its own.

Its own has no nonce, leaves the signature out and believes whatever issuer answers. Here an
identity is the pair of issuer and subject, read from a token whose signature was checked.
"""
