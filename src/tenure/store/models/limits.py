"""What all processes of an installation count together: too many tries to sign in, and the like."""

from __future__ import annotations

from django.db import models

TABLE = "store_shared_cache"


class SharedCache(models.Model):
    """The table of Django's database cache, in the migrations so that nobody has to make it.

    Its columns are that cache's own; nothing but the limits of the sign-in lies in it, and all
    of it may be lost.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = TABLE

    def __str__(self) -> str:
        return self.cache_key
