"""The Console: members, their protection, and the units that give it."""
