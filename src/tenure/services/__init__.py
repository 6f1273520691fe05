"""The doings: one transaction each: lock, append facts, ask the core, save."""
