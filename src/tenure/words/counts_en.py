"""English for numbers of people, and for who is protected. Used by every English text."""

from __future__ import annotations


def tidy(text: str) -> str:
    """English needs no special spaces."""
    return text


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def number(count: int) -> str:
    """Write a number: 12,000."""
    return f"{count:,}"


def users(count: int) -> str:
    """Say so many users."""
    return f"{number(count)} {'user' if count == 1 else 'users'}"


def days(count: int) -> str:
    """Say so many days."""
    return f"{number(count)} {'day' if count == 1 else 'days'}"


def verb(count: int, one: str, many: str) -> str:
    """Choose the form of a verb or a pronoun."""
    return one if count == 1 else many


def protected_now(seats: int, protected: int) -> str:
    """Say who is protected, without a capital and a full stop."""
    if seats == 0:
        return "no user has protection yet"
    if protected == 0:
        return (
            "the one user is not protected"
            if seats == 1
            else (f"none of the {users(seats)} is protected")
        )
    if protected >= seats:
        return "the one user is protected" if seats == 1 else f"all {users(seats)} are protected"
    waiting = seats - protected
    return (
        f"{number(protected)} of the {users(seats)} {verb(protected, 'is', 'are')} protected, "
        f"{number(waiting)} {verb(waiting, 'is', 'are')} not"
    )


def stay_protected(seats: int, protected: int) -> str:
    """Say who stays protected, without a capital and a full stop."""
    if seats == 0 or protected == 0:
        return protected_now(seats, protected)
    if protected >= seats:
        return (
            "the one user stays protected" if seats == 1 else (f"all {users(seats)} stay protected")
        )
    waiting = seats - protected
    return (
        f"{number(protected)} of the {users(seats)} {verb(protected, 'stays', 'stay')} protected; "
        f"{number(waiting)} already {verb(waiting, 'has', 'have')} no protection"
    )
