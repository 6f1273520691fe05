"""Tables that PostgreSQL keeps in parts by company, from their first migration.

What is asked about one company touches one part. On the embedded database a table is one.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

PARTS = 8


class CreatePartitionedModel(migrations.CreateModel):
    """Makes the table of a model whose primary key begins with the company."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Make the table and, on PostgreSQL, its parts."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        whole = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{whole} PARTITION BY HASH (company_id)"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = whole
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        for part in range(PARTS):
            schema_editor.execute(
                f"CREATE TABLE {schema_editor.quote_name(f'{table}_{part}')} "
                f"PARTITION OF {schema_editor.quote_name(table)} "
                f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            )
