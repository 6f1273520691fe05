"""The Django app of the store."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The only app of ours with models."""

    name = "tenure.store"
    label = "store"
