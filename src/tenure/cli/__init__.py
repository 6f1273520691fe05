"""The command `tenure`: it reads files and options, asks the other layers, and prints.

No rule lives here. Whatever needs Django is imported by the commands that need it, so that the
others start at once.
"""
