"""Signing in: what we change of django-allauth, and its pages in our dress."""
