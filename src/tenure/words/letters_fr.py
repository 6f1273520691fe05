"""Les lettres aux personnes, en français."""

from __future__ import annotations

from tenure.words import counts_fr as counts

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
"""Objet et texte."""

_ADDED = {
    "totp": "Une application d’authentification a été configurée",
    "passkey": "Une clé d’accès a été ajoutée",
    "recovery_codes": "De nouveaux codes de secours ont été créés",
    "provider": "La connexion avec {name} a été ajoutée",
    "password": "Votre mot de passe a été modifié",
}
_ADDED_MEANS = {
    "totp": "Son code vous sera désormais demandé en plus de votre mot de passe.",
    "passkey": "Qui la détient peut se connecter en votre nom, sans votre mot de passe.",
    "recovery_codes": "Ceux que vous aviez auparavant ne sont plus valables.",
    "provider": "Qui peut s’y connecter en votre nom peut aussi se connecter ici.",
    "password": "L’ancien ne donne plus accès à rien.",
}
_REMOVED = {
    "totp": "L’application d’authentification a été retirée",
    "passkey": "Une clé d’accès a été retirée",
    "recovery_codes": "Les codes de secours ont été retirés",
    "provider": "La connexion avec {name} a été retirée",
    "password": "Votre mot de passe a été supprimé",
}


def event(when: str, ip: str) -> str:
    """Dit quand et d'où."""
    return f"{when}, depuis l’adresse {ip}"


def confirm_address(address: str, link: str, hours: int) -> Words:
    """Demande de confirmer l'adresse."""
    return (
        "Tenure : confirmez votre adresse e-mail",
        f"Une inscription à Tenure a été faite avec l’adresse {address}. Si elle vient de vous, "
        f"confirmez cette adresse dans les {hours} heures ; vous pourrez alors vous "
        "connecter :\n\n"
        f"{link}\n\n"
        "Si elle ne vient pas de vous, vous n’avez rien à faire : sans confirmation, personne ne "
        "peut se connecter avec votre adresse.\n\n"
        "Vous recevez ce message parce que votre adresse a été saisie sur la page "
        "d’inscription.\n",
    )


def confirm_new_address(address: str, link: str, hours: int) -> Words:
    """Demande de confirmer la nouvelle adresse."""
    return (
        "Tenure : confirmez votre nouvelle adresse e-mail",
        f"Vous avez demandé à vous connecter désormais à Tenure avec {address}. Confirmez cette "
        f"adresse dans les {hours} heures :\n\n"
        f"{link}\n\n"
        "D’ici là, votre adresse actuelle reste en usage. Si cette demande ne vient pas de vous, "
        "vous n’avez rien à faire.\n\n"
        "Vous recevez ce message parce que votre adresse a été saisie comme nouvelle adresse de "
        "quelqu’un.\n",
    )


def address_change_asked(new: str, when: str, link: str) -> Words:
    """Prévient l'ancienne adresse."""
    return (
        "Tenure : une autre adresse e-mail doit remplacer celle-ci",
        f"Une personne connectée à votre nom a demandé, le {when}, à utiliser {new} à la place "
        "de cette adresse.\n\n"
        "Le changement se fera dès que la nouvelle adresse aura été confirmée. Si cette demande "
        "vient de vous, vous n’avez rien d’autre à faire ici. Sinon, connectez-vous sans "
        "attendre, mettez fin aux autres sessions et changez votre mot de passe :\n\n"
        f"{link}\n\n"
        "Vous recevez ce message parce que vous vous connectez à Tenure avec cette adresse.\n",
    )


def address_changed(old: str, new: str, when: str) -> Words:
    """Dit à l'ancienne adresse qu'elle ne sert plus."""
    return (
        "Tenure : votre adresse e-mail a changé",
        f"Vous vous connectez désormais à Tenure avec {new}, et non plus avec {old}. La nouvelle "
        f"adresse a été confirmée le {when}.\n\n"
        "Les messages et les avis qui vous sont destinés iront à la nouvelle adresse. Si ce "
        "changement ne vient pas de vous, prévenez aussitôt la personne qui exploite ce Tenure : "
        "elle peut vous rendre votre accès.\n\n"
        "Vous recevez ce message parce que vous vous connectiez jusqu’ici avec cette adresse.\n",
    )


def reset_password(address: str, link: str, minutes: int) -> Words:
    """Donne le lien pour un nouveau mot de passe."""
    return (
        "Tenure : choisissez un nouveau mot de passe",
        f"Un nouveau mot de passe a été demandé pour {address}. Si cette demande vient de vous, "
        f"choisissez-en un dans les {minutes} minutes ; le lien ne sert qu’une fois :\n\n"
        f"{link}\n\n"
        "Si elle ne vient pas de vous, vous n’avez rien à faire : votre mot de passe reste le "
        "même.\n\n"
        "Vous recevez ce message parce que vous vous connectez à Tenure avec cette adresse.\n",
    )


def no_account(address: str, link: str) -> Words:
    """Dit que personne ne se connecte avec l'adresse."""
    return (
        "Tenure : personne ne se connecte avec cette adresse",
        f"Un nouveau mot de passe a été demandé pour {address}, mais personne ne se connecte à "
        "Tenure avec cette adresse. Si la demande vient de vous, vous avez peut-être utilisé une "
        "autre adresse à l’inscription ; vous pouvez aussi vous inscrire ici :\n\n"
        f"{link}\n\n"
        "Si elle ne vient pas de vous, vous n’avez rien à faire.\n\n"
        "Vous recevez ce message parce que votre adresse a été saisie sur la page de demande "
        "d’un nouveau mot de passe.\n",
    )


def already_signed_up(address: str, link: str) -> Words:
    """Dit que l'adresse est déjà connue."""
    return (
        "Tenure : vous êtes déjà inscrit",
        f"Une inscription à Tenure a été tentée avec {address}, mais cette adresse vous sert "
        "déjà à vous connecter. Rien n’a changé. Si la demande vient de vous et que vous avez "
        "oublié votre mot de passe, choisissez-en un nouveau :\n\n"
        f"{link}\n\n"
        "Si elle ne vient pas de vous, vous n’avez rien à faire.\n\n"
        "Vous recevez ce message parce que votre adresse a été saisie sur la page "
        "d’inscription.\n",
    )


def method_added(method: str, name: str, when: str, link: str) -> Words:
    """Annonce un nouveau moyen de se connecter."""
    what = _ADDED[method].format(name=name)
    return (
        f"Tenure : {_lower(what)}",
        f"{what} le {when}. {_ADDED_MEANS[method]}\n\n" + _if_not_you(link),
    )


def method_removed(method: str, name: str, when: str, link: str) -> Words:
    """Annonce qu'un moyen de se connecter n'existe plus."""
    what = _REMOVED[method].format(name=name)
    return (
        f"Tenure : {_lower(what)}",
        f"{what} le {when}. Ce moyen de se connecter n’existe plus.\n\n" + _if_not_you(link),
    )


def factors_removed(when: str, link: str) -> Words:
    """Annonce que tous les seconds facteurs ont été retirés."""
    return (
        "Tenure : vos seconds facteurs ont été retirés",
        f"L’exploitant de Tenure a retiré le {when} votre application d’authentification, vos clés "
        "d’accès et vos codes de secours, parce qu’il lui a été dit que vous les aviez perdus. "
        "Votre mot de passe n’est plus valable, les services que vous aviez associés ne le sont "
        "plus et toutes vos sessions ont pris fin. Pour vous "
        "connecter, demandez un nouveau mot de passe :\n\n"
        f"{link}\n\n"
        "Configurez ensuite un nouveau second facteur. Si vous n’aviez rien demandé, prévenez "
        "l’exploitant sans attendre : personne ne peut se connecter en votre nom sans avoir lu un "
        "message envoyé à cette adresse.\n\n"
        "Vous recevez ce message parce qu’il s’agit de votre connexion à Tenure.\n",
    )


def invitation(account: str, inviter: str, address: str, link: str, until: str) -> Words:
    """Invite dans un compte."""
    return (
        f"{account} : {inviter} vous invite dans Tenure",
        f"{inviter} vous invite à travailler dans le compte {account} dans Tenure. Acceptez avec "
        f"l’adresse {address} jusqu’au {until} :\n\n"
        f"{link}\n\n"
        "Si vous ne le souhaitez pas, vous n’avez rien à faire : sans votre accord, rien ne se "
        "passe.\n\n"
        f"Vous recevez ce message parce que {inviter} a saisi votre adresse.\n",
    )


def archive_ready(company: str, service: str, link: str, until: str) -> Words:
    """Annonce qu'une archive peut être téléchargée."""
    return (
        f"{company} : les données que vous avez demandées sont prêtes",
        f"Les données de {company} dans {service} sont réunies dans un fichier, comme vous l’avez "
        f"demandé. Téléchargez-le jusqu’au {until} ; il est ensuite retiré, et vous pourrez en "
        f"demander un autre :\n\n"
        f"{link}\n\n"
        "La page vous demande de vous connecter ; elle ne s’ouvre qu’à ceux qui peuvent modifier "
        "l’entreprise.\n\n"
        "Vous recevez ce message parce que vous avez demandé ces données.\n",
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
    """Demande à l'acquéreur d'une clé si une entreprise peut avoir sa licence."""
    size = f"{counts.number(units)}\u00a0{counts.verb(units, 'unité', 'unités')}"
    return (
        f"{company} souhaite utiliser votre licence {key}",
        f"{asker} a saisi la clé d’une licence vendue à {address}, afin de l’utiliser pour "
        f"{company} : {product}, {size}. La licence n’est pas ajoutée tant que vous n’avez "
        f"pas donné votre accord.\n\n"
        f"Consultez la demande, puis acceptez ou refusez-la, jusqu’au {until} :\n\n"
        f"{link}\n\n"
        "Si vous ne faites rien, la licence reste à votre disposition. Si vous ne savez pas de "
        "qui il s’agit, refusez et demandez une autre clé à votre vendeur : quelqu’un d’autre "
        "connaît celle-ci.\n\n"
        f"Vous recevez ce message parce que la licence {key} a été vendue à {address}.\n",
    )


def unseen_announced(
    company: str, service: str, count: int, days: int, first: str, last: str, link: str
) -> Words:
    """Annonce qu'une règle va libérer des places."""
    will = counts.verb(count, "place sera libérée", "places seront libérées")
    who = counts.verb(count, "membre n’a", "membres n’ont")
    they = counts.verb(count, "ce membre", "ces membres")
    when = f"à partir du {first}, et le {last} pour le dernier" if last else f"le {first}"
    return (
        f"{company} : {counts.number(count)} {will} {'à partir du' if last else 'le'} {first}",
        f"{counts.number(count)} {who} pas utilisé {service} depuis longtemps. Selon la règle de "
        f"{company}, qui libère une place après {counts.days(days)} sans utilisation, la "
        f"protection de {they} prend fin {when}, sauf si une utilisation est signalée d’ici là."
        "\n\n"
        "Cette page dit de qui il s’agit, et quand. Pour conserver une place quoi qu’il arrive, "
        "arrêtez ou modifiez la règle avant cette date :\n\n"
        f"{link}\n\n"
        "Ils restent membres et pourront être protégés de nouveau tant qu’il reste des unités "
        "libres. Ceux qu’une règle protège automatiquement en seront alors exclus.\n\n"
        f"Vous recevez ce message parce que vous pouvez gérer la protection de {company}.\n",
    )


def unseen_released(
    company: str, service: str, count: int, excluded: int, days: int, at: str, link: str
) -> Words:
    """Dit qu'une règle a libéré des places."""
    were = counts.verb(count, "place a été libérée", "places ont été libérées")
    who = counts.verb(count, "membre n’est plus protégé", "membres ne sont plus protégés")
    more = ""
    if excluded:
        were_ = counts.verb(
            excluded,
            "d’entre eux était protégé automatiquement et est désormais exclu",
            "d’entre eux étaient protégés automatiquement et sont désormais exclus",
        )
        more = f" {counts.number(excluded)} {were_} des règles."
    return (
        f"{company} : {counts.number(count)} {were}",
        f"{counts.number(count)} {who} dans {service} depuis le {at} : aucune utilisation n’a été "
        f"signalée pendant {counts.days(days)}, et la règle de {company} libère alors la place, "
        f"comme annoncé.{more}\n\n"
        "Cette page dit de qui il s’agit. Ils restent membres : protégez de nouveau qui vous "
        "voulez, tant qu’il reste des unités libres :\n\n"
        f"{link}\n\n"
        f"Vous recevez ce message parce que vous pouvez gérer la protection de {company}.\n",
    )


def _if_not_you(link: str) -> str:
    return (
        "Si cela vient de vous, vous n’avez rien à faire. Sinon, connectez-vous sans attendre, "
        "mettez fin aux autres sessions et changez votre mot de passe :\n\n"
        f"{link}\n\n"
        "Vous recevez ce message parce qu’il s’agit de votre connexion à Tenure.\n"
    )


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
