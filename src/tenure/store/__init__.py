"""The tables. Models hold fields and constraints; the rules are in the core."""
