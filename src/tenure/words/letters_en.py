"""The letters to persons, in English."""

from __future__ import annotations

from tenure.words import counts_en as counts

__all__ = [
    "address_change_asked",
    "address_changed",
    "already_signed_up",
    "archive_ready",
    "confirm_address",
    "confirm_new_address",
    "event",
    "factors_removed",
    "invitation",
    "key_asked",
    "method_added",
    "method_removed",
    "no_account",
    "reset_password",
    "unseen_announced",
    "unseen_released",
]

Words = tuple[str, str]
"""Subject and text."""

_ADDED = {
    "totp": "An authenticator app is set up",
    "passkey": "A passkey was added",
    "recovery_codes": "New recovery codes were made",
    "provider": "Sign-in with {name} was added",
    "password": "Your password was changed",
}
_ADDED_MEANS = {
    "totp": "From now on we ask for its code, too, when you sign in with your password.",
    "passkey": "Whoever holds it can sign in as you, without your password.",
    "recovery_codes": "Those that you had before are no longer valid.",
    "provider": "Whoever can sign in there as you can sign in here as you.",
    "password": "The one before no longer opens anything.",
}
_REMOVED = {
    "totp": "The authenticator app was removed",
    "passkey": "A passkey was removed",
    "recovery_codes": "The recovery codes were removed",
    "provider": "Sign-in with {name} was removed",
    "password": "Your password was removed",
}


def event(when: str, ip: str) -> str:
    """Say when and from where."""
    return f"{when}, from the address {ip}"


def confirm_address(address: str, link: str, hours: int) -> Words:
    """Ask for the address to be confirmed."""
    return (
        "Tenure: confirm your e-mail address",
        f"Somebody signed up to Tenure with the address {address}. If it was you, confirm the "
        f"address within {hours} hours; then you can sign in:\n\n"
        f"{link}\n\n"
        "If it was not you, there is nothing to do: without the confirmation nobody can sign in "
        "with your address.\n\n"
        f"You receive this because your address was entered on the sign-up page.\n",
    )


def confirm_new_address(address: str, link: str, hours: int) -> Words:
    """Ask for the new address to be confirmed."""
    return (
        "Tenure: confirm your new e-mail address",
        f"You asked to sign in to Tenure with {address} from now on. Confirm the address within "
        f"{hours} hours:\n\n"
        f"{link}\n\n"
        "Until then your present address stays in use. If it was not you who asked, there is "
        "nothing to do.\n\n"
        "You receive this because your address was entered as somebody’s new one.\n",
    )


def address_change_asked(new: str, when: str, link: str) -> Words:
    """Tell the old address of the new one."""
    return (
        "Tenure: another e-mail address is to take the place of this one",
        f"Somebody who is signed in as you asked on {when} to use {new} in place of this "
        "address.\n\n"
        "The change is made once that address is confirmed. If it was you, there is nothing more "
        "to do here. If it was not, sign in now, end the other sessions and change your "
        "password:\n\n"
        f"{link}\n\n"
        "You receive this because you sign in to Tenure with this address.\n",
    )


def address_changed(old: str, new: str, when: str) -> Words:
    """Tell the old address that it is out of use."""
    return (
        "Tenure: your e-mail address was changed",
        f"You now sign in to Tenure with {new}, and no longer with {old}. The new address was "
        f"confirmed on {when}.\n\n"
        "Letters and notices for you go to the new address. If it was not you, answer to "
        "whoever operates this Tenure at once: they can give your access back.\n\n"
        "You receive this because you signed in with this address until now.\n",
    )


def reset_password(address: str, link: str, minutes: int) -> Words:
    """Give the link for a new password."""
    return (
        "Tenure: choose a new password",
        f"Somebody asked for a new password for {address}. If it was you, choose one within "
        f"{minutes} minutes; the link works once:\n\n"
        f"{link}\n\n"
        "If it was not you, there is nothing to do: your password stays as it is.\n\n"
        "You receive this because you sign in to Tenure with this address.\n",
    )


def no_account(address: str, link: str) -> Words:
    """Tell that nobody signs in with the address."""
    return (
        "Tenure: nobody signs in with this address",
        f"Somebody asked for a new password for {address}, but nobody signs in to Tenure with "
        "this address. If it was you, you may have signed up with another one; or sign up "
        "here:\n\n"
        f"{link}\n\n"
        "If it was not you, there is nothing to do.\n\n"
        "You receive this because your address was entered on the page for a new password.\n",
    )


def already_signed_up(address: str, link: str) -> Words:
    """Tell that the address is known already."""
    return (
        "Tenure: you have signed up already",
        f"Somebody signed up to Tenure with {address}, but you sign in with this address "
        "already. Nothing was changed. If it was you and you do not know your password any "
        "more, choose a new one:\n\n"
        f"{link}\n\n"
        "If it was not you, there is nothing to do.\n\n"
        "You receive this because your address was entered on the sign-up page.\n",
    )


def method_added(method: str, name: str, when: str, link: str) -> Words:
    """Tell of a new way to sign in."""
    what = _ADDED[method].format(name=name)
    return (
        f"Tenure: {_lower(what)}",
        f"{what} on {when}. {_ADDED_MEANS[method]}\n\n" + _if_not_you(link),
    )


def method_removed(method: str, name: str, when: str, link: str) -> Words:
    """Tell of a way to sign in that is gone."""
    what = _REMOVED[method].format(name=name)
    return (
        f"Tenure: {_lower(what)}",
        f"{what} on {when}. You cannot sign in with it any more.\n\n" + _if_not_you(link),
    )


def factors_removed(when: str, link: str) -> Words:
    """Tell that all second factors were taken away."""
    return (
        "Tenure: your second factors were removed",
        "Whoever runs this Tenure removed your authenticator app, your passkeys and your recovery "
        f"codes on {when}, because they were told that you had lost them. Your password is no "
        "longer valid, services that you had linked are no longer linked, and all your sessions "
        "have ended. To sign in, ask for a new password:\n\n"
        f"{link}\n\n"
        "Then set up a second factor anew. If you had not asked for that, tell whoever runs this "
        "Tenure at once: nobody can sign in as you before they have read a letter at this "
        "address.\n\n"
        "You receive this because it is about your signing in to Tenure.\n",
    )


def invitation(account: str, inviter: str, address: str, link: str, until: str) -> Words:
    """Invite into an account."""
    return (
        f"{account}: {inviter} invites you to Tenure",
        f"{inviter} invites you to work in the account {account} in Tenure. Accept with the "
        f"address {address} until {until}:\n\n"
        f"{link}\n\n"
        "If you do not want that, there is nothing to do: without your yes nothing happens.\n\n"
        f"You receive this because {inviter} entered your address.\n",
    )


def archive_ready(company: str, service: str, link: str, until: str) -> Words:
    """Tell that an archive can be fetched."""
    return (
        f"{company}: the data that you asked for is ready",
        f"The data of {company} in {service} is packed as one file, as you asked. Fetch it until "
        f"{until}; then the file is removed, and you can ask for a new one:\n\n"
        f"{link}\n\n"
        "The page asks you to sign in, and opens only to whoever may change the company.\n\n"
        "You receive this because you asked for the data.\n",
    )


def key_asked(
    company: str,
    asker: str,
    product: str,
    units: int,
    key: str,
    address: str,
    link: str,
    until: str,
) -> Words:
    """Ask whoever a key was sold to whether a company may have its licence."""
    size = "1 unit" if units == 1 else f"{counts.number(units)} units"
    return (
        f"{company} wants to use your licence {key}",
        f"{asker} entered the key of a licence that was sold to {address}, to use it for "
        f"{company}: {product}, {size}. The licence is not added until you agree.\n\n"
        f"Look at it, and allow or refuse it, until {until}:\n\n"
        f"{link}\n\n"
        "If you do nothing, the licence stays yours to add. If you do not know who this is, "
        "refuse, and ask whoever sold you the licence for another key: somebody else knows this "
        "one.\n\n"
        f"You receive this because the licence {key} was sold to {address}.\n",
    )


def unseen_announced(
    company: str, service: str, count: int, days: int, first: str, last: str, link: str
) -> Words:
    """Tell that a rule will release members."""
    seats = "1 seat" if count == 1 else f"{counts.number(count)} seats"
    who = "1 member has" if count == 1 else f"{counts.number(count)} members have"
    they = "this member" if count == 1 else "these members"
    when = f"from {first} on, of the last on {last}" if last else f"on {first}"
    return (
        f"{company}: {seats} will be released {'from' if last else 'on'} {first}",
        f"{who} not used {service} for a long time. By the rule of {company} that releases seats "
        f"after {counts.days(days)} without use, the protection of {they} ends {when}, unless use "
        "is reported before.\n\n"
        "Who it is, and when, stands on this page. To keep somebody’s seat whatever happens, stop "
        "or change the rule there before that day:\n\n"
        f"{link}\n\n"
        "They stay members and can be protected again while units are free. Whom a rule protects "
        "automatically is excluded from the rules then.\n\n"
        f"You receive this because you may manage the protection of {company}.\n",
    )


def unseen_released(
    company: str, service: str, count: int, excluded: int, days: int, at: str, link: str
) -> Words:
    """Tell that a rule has released members."""
    seats = "1 seat was" if count == 1 else f"{counts.number(count)} seats were"
    who = "1 member is" if count == 1 else f"{counts.number(count)} members are"
    more = ""
    if excluded:
        is_ = "1 of them was" if excluded == 1 else f"{counts.number(excluded)} of them were"
        more = f" {is_} protected automatically and {counts.verb(excluded, 'is', 'are')} excluded "
        more += "from the rules from now on."
    return (
        f"{company}: {seats} released",
        f"Since {at}, {who} no longer protected in {service}: no use was reported for "
        f"{counts.days(days)}, and the rule of {company} releases seats then, as was announced."
        f"{more}\n\n"
        "Who it is stands on this page. They stay members: protect whom you want to protect "
        "again, while units are free:\n\n"
        f"{link}\n\n"
        f"You receive this because you may manage the protection of {company}.\n",
    )


def _if_not_you(link: str) -> str:
    return (
        "If it was you, there is nothing to do. If it was not, sign in now, end the other "
        "sessions and change your password:\n\n"
        f"{link}\n\n"
        "You receive this because it is about your signing in to Tenure.\n"
    )


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
