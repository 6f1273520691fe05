"""A diary of one company: what its people do at the real doors, what time does, what they read.

People act by import files, the portal's forms and the command line; an engine with a relay lets
time pass, or sleeps through it. Whoever asserts something reads what a person would read: the
mails that a relay took, the sentences of the pages, the list of notices, ``tenure check``.
Dates are local times of the company: ``"2026-06-30 23:59"``, or a day for its first instant.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from click.testing import CliRunner, Result
from django.test import Client, override_settings

from tenure.cli import instants
from tenure.cli.main import cli
from tenure.clock import SetClock
from tenure.delivery.relays import Answer, Relay
from tenure.engine.loop import Engine, next_wakeup
from tenure.portal.shared.addresses import operator_address
from tenure.store.models import Company, Group, Licence, Member, Notice, Person, Pool, Seat
from tests.engine.conftest import ACCEPTED, FakeRelay
from tests.imported import write

DOWN = Answer("deferred", "451 not now")
REFUSED = Answer("refused", "550 no such user")
ANNE, BOB = "anne@example.org", "bob@example.org"
KINDS = {
    "EX": "expiring",
    "PX": "pool_expiring",
    "GR": "grace",
    "GM": "grace_reminder",
    "SU": "suspended",
    "RE": "restored",
    "PS": "pool_short",
    "PR": "pool_reduced",
    "DW": "deletion_warning",
    "DE": "deleted",
}
"""The notices by the first letters of their references."""


@dataclass(frozen=True)
class Letter:
    """A mail as its reader has it before them; ``at`` is when the relay took it."""

    at: int
    to: str
    kind: str
    subject: str
    happened: str
    next: str
    people: str
    action: str
    footer: str
    date: str = ""
    """The date that stands by itself, with its label and how far away it is."""

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join((self.subject, self.happened, self.next, self.people, self.action))

    @classmethod
    def of(cls, to: str, mail: EmailMessage) -> Letter:
        plain = mail.get_body(("plain",))
        assert plain is not None
        blocks = spaced(plain.get_content()).replace("\r\n", "\n").strip().split("\n\n")
        sentences = [block for block in blocks if not block.startswith("    ")]
        happened, following, people, action, footer = sentences[-5:]
        reference = re.search(r"(?:Reference|Référence) (\w\w)-", footer)
        assert reference is not None
        return cls(
            int(parsedate_to_datetime(str(mail["Date"])).timestamp()),
            to,
            KINDS[reference[1]],
            spaced(str(mail["Subject"])),
            happened,
            following,
            people,
            action.split("\n")[0],
            footer,
            "\n".join(block for block in blocks if block.startswith("    ")),
        )


@dataclass
class Post(FakeRelay):
    """A relay that answers as it is told, and knows which mails it took."""

    taken: list[Letter] = field(default_factory=list)
    way: Relay | None = None
    """Where mails that it takes are handed on to; a real relay, or nowhere."""

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        answer = super().take(mail, recipient)
        if answer.outcome == "accepted" and self.way is not None:
            answer = self.way.take(mail, recipient)
        if answer.outcome == "accepted":
            self.taken.append(Letter.of(recipient, mail))
        return answer


@dataclass(frozen=True)
class Page:
    """The first lines of a company's page, and the whole of it as text."""

    headline: str
    next: str
    people: str
    todo: str
    whole: str

    @property
    def text(self) -> str:
        """How the company stands."""
        return "\n".join((self.headline, self.next, self.people, self.todo))


def spaced(text: str) -> str:
    """Read the spaces that do not break as spaces; the words' own tests hold where they stand."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def text_of(markup: str) -> str:
    """Give what is to be read of a page."""
    plain = html.unescape(re.sub(r"<(?!/?(?:span|bdi|a|strong)\b)[^>]+>", "\n", markup))
    plain = spaced(re.sub(r"<[^>]+>", "", plain))
    lines = (re.sub(r"[ \t\n]+", " ", line).strip() for line in plain.split("\n"))
    return "\n".join(line for line in lines if line)


class Diary:
    """One company, with an engine, a relay, a browser and a terminal."""

    def __init__(self, clock: SetClock, post: Post, client: Client, folder: Path) -> None:
        self.clock = clock
        self.post = post
        self.engine = Engine(clock, post)
        self.client = client
        self.folder = folder
        self.zone = "Europe/Paris"
        self.name = "Boulangerie Martin"

    # Time

    def instant(self, when: str | int) -> int:
        """Give the instant of a local time; of two that are called the same, the first."""
        if isinstance(when, int):
            return when
        here = ZoneInfo(self.zone)
        if len(when) == 10:
            return instants.start_of(date.fromisoformat(when), here)
        return int(datetime.fromisoformat(when).replace(tzinfo=here).timestamp())

    @property
    def now(self) -> int:
        return self.clock.now()

    def live(self, until: str | int) -> None:
        """Let the engine run at every instant at which something is due, the last one included."""
        end = self.instant(until)
        assert end >= self.now, f"{until} is over"
        while (due := next_wakeup(self.clock)) is not None and due <= end:
            self.clock.move_to(max(due, self.now))
            self.engine.run_until_idle()
            later = next_wakeup(self.clock)
            if later is not None and later <= self.now < end:
                self.clock.move_to(self.now + 1)
            elif later is not None and later <= self.now:
                break
        self.clock.move_to(end)

    def sleep(self, until: str | int) -> None:
        """Let time pass while the engine is down."""
        end = self.instant(until)
        assert end >= self.now, f"{until} is over"
        self.clock.move_to(end)

    def wake(self) -> None:
        """Start the engine."""
        self.engine.run_until_idle()

    def relay(self, answer: Answer, *, every: int = 3 * 86_400) -> None:
        """Let the relay answer so; the engine tries again after ``every`` seconds."""
        self.post.default = answer
        self.engine.backoff = lambda _: every

    def relay_is_up(self) -> None:
        self.relay(ACCEPTED)

    # What people do

    def found(
        self,
        when: str,
        *,
        licence: tuple[int, str] | None = (5, "2026-06-30"),
        users: int = 4,
        zone: str = "Europe/Paris",
        sites: tuple[str, ...] = (),
        contacts: tuple[tuple[str, str], ...] = ((ANNE, "fr"), (BOB, "en")),
        kind: str = "full",
        more: dict[str, str] | None = None,
    ) -> None:
        """Bring the company in by files: units and last day of a licence, users, readers.

        The users come in as members whom somebody protects. ``more``: further files, or others
        in their place.
        """
        self.zone = zone
        self.clock.move_to(self.instant(when))
        day = datetime.fromtimestamp(self.now, ZoneInfo(zone)).date()
        tables = {
            "companies.csv": f"reference,name,time_zone\nM,{self.name},{zone}\n",
            "contacts.csv": "company,address,name,role,language,time_zone,site\n"
            + "".join(
                f"M,{to},{to.split('@')[0].title()},owner,{lang},,\n" for to, lang in contacts
            ),
        }
        if licence is not None:
            units, ends = licence
            tables["licences.csv"] = (
                "company,reference,product,units,starts,ends,kind,label\n"
                f"M,L1,cos,{units},{day},{ends},{kind},L1\n"
            )
        if sites:
            tables["sites.csv"] = "company,reference,name\n" + "".join(
                f"M,{site.upper()},{site}\n" for site in sites
            )
        if users:
            tables["members.csv"] = (
                "company,reference,user,name,protected,source,group\n"
                + "".join(
                    f"M,{i},u{i}@martin.test,User {i},yes,Directory,Bakery\n" for i in range(users)
                )
            )
        self.bring_in({**tables, **(more or {})})
        self.run("import", "--release", "all")

    def bring_in(self, tables: dict[str, str]) -> str:
        """Import files; give what the command said."""
        return self.run("import", str(write(self.folder / "in", tables))).output

    def run(self, *args: str, code: int = 0) -> Result:
        """Run a command, which ends with a code."""
        result = CliRunner().invoke(cli, args)
        assert result.exit_code == code, result.output
        return result

    @property
    def company(self) -> Company:
        return Company.objects.get(reference="M")

    @property
    def pools(self) -> dict[str, str]:
        """The sites' ids by name."""
        return {p.name: str(p.id) for p in Pool.objects.filter(company=self.company)}

    def do(self, form: str, *ids: Any, **fields: Any) -> None:
        """Send a form of the portal; what was wrong with it is an error."""
        company = self.company
        with override_settings(DEMO=True):  # the forms are open in demo mode only
            self.sign_in()
            answer = self.client.post(
                operator_address(form, company.id, *ids),
                {"company": str(company.id), "service": "cos", **fields},
            )
        assert answer.status_code == 302, text_of(answer.content.decode())

    def close(self) -> None:
        """Close the company, having seen who loses protection."""
        with override_settings(DEMO=True):
            self.sign_in()
            page = self.client.get(operator_address("close", self.company.id)).content.decode()
        seen = re.search(r'name="sure" value="([^"]*)"', page)
        assert seen, text_of(page)
        self.do("close", sure=seen[1])

    def sign_in(self, language: str = "en") -> None:
        """Let an operator sign in who reads a language: a session does not last for weeks."""
        operator, _ = Person.objects.get_or_create(
            email="olga@operator.test",
            defaults={"is_operator": True, "time_zone": self.zone, "created_at": self.now},
        )
        operator.language = language
        operator.save(update_fields=["language"])
        self.client.force_login(operator)

    def add(self, units: int, until: str, **fields: Any) -> None:
        """Add a licence from now on, to the end of a day."""
        self.do(
            "add-licence",
            **{"product": "cos", "units": units, "kind": "full", "until": until, **fields},
        )

    def renew(self, until: str, label: str = "L1") -> None:
        """Renew a licence to the end of a day."""
        self.do("renew", Licence.objects.get(company=self.company, label=label).id, until=until)

    def protect(self, user: str) -> None:
        self._member("protect", user)

    def unprotect(self, user: str) -> None:
        self._member("unprotect", user)

    def _member(self, doing: str, user: str) -> None:
        member = Member.objects.get(company=self.company, user=user)
        self.do("protect", **{doing: str(member.id)})

    # What people read

    def page(self, language: str = "en", name: str = "company") -> Page:
        """Open the company's page."""
        markup = self.open(operator_address(name, self.company.id), language)
        main = markup.split("<main")[1]
        state = main.split('<section class="state')[1].split("</section>")[0]
        found = [
            re.search(pattern, state, re.DOTALL)
            for pattern in (
                r'<h2 id="state">(.*?)</h2>',
                r'<p class="next">(.*?)</p>',
                r"</p>\s*<p>(.*?)</p>",
                r'<span class="label">[^<]*</span>(.*?)</p>',
            )
        ]
        headline, following, people, todo = [text_of(each[1]) if each else "" for each in found]
        return Page(headline, following, people, todo, text_of(main))

    def open(self, address: str, language: str = "en") -> str:
        """Open a page; give its markup."""
        self.sign_in(language)
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer.content.decode()

    def notices(self, language: str = "en") -> list[str]:
        """Read the list of notices, the newest first; one line each."""
        markup = self.open(operator_address("notices", self.company.id), language)
        body = markup.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in markup else ""
        return [text_of(row).replace("\n", " | ") for row in body.split("</tr>")[:-1]]

    def notice(self, kind: str, language: str = "en") -> str:
        """Read one notice, the newest of its kind, as the portal tells it now."""
        row = Notice.objects.filter(company=self.company, kind=kind, state="issued").latest("at")
        markup = self.open(operator_address("notice", self.company.id, row.id), language)
        return text_of(markup.split("<main")[1].split("<h2>")[1])

    def companies(self, language: str = "en") -> str:
        """Read the list of all companies."""
        return text_of(self.open(operator_address("companies"), language).split("<main")[1])

    def check(self, user: str = "u0@martin.test", language: str = "en") -> str:
        """Ask in the terminal whether a user is protected; give all that it says."""
        result = CliRunner().invoke(cli, ["check", "M", user, "--lang", language])
        assert result.exit_code in (0, 1), result.output
        return spaced(result.output)

    def answer(self, user: str = "u0@martin.test") -> dict[str, Any]:
        """Ask as a program does."""
        result = CliRunner().invoke(cli, ["check", "M", user, "--json"])
        found: dict[str, Any] = json.loads(result.output)
        return found

    def code(self, user: str = "u0@martin.test") -> str:
        """Give the stable code of the answer."""
        return str(self.answer(user)["code"])

    def letters(self, kind: str = "", to: str = BOB) -> list[Letter]:
        """Give the mails that the relay took for an address, the first first."""
        return [x for x in self.post.taken if x.to == to and kind in ("", x.kind)]

    def letter(self, kind: str, to: str = BOB) -> Letter:
        """Give the newest mail of a kind to an address."""
        found = self.letters(kind, to)
        assert found, f"{to} has no {kind}; there are {[x.kind for x in self.letters('', to)]}"
        return found[-1]

    def told(self, to: str = BOB) -> list[tuple[str, str]]:
        """Give what was mailed to an address: the local time and the kind."""
        here = ZoneInfo(self.zone)
        return [
            (f"{datetime.fromtimestamp(x.at, here):%Y-%m-%d %H:%M}", x.kind)
            for x in self.letters("", to)
        ]

    def everything(self) -> dict[str, Any]:
        """Give all that a restoration must bring back: seats, members, groups, pools."""
        company = self.company
        return {
            "seats": list(Seat.objects.filter(company=company).order_by("id").values()),
            "members": list(Member.objects.filter(company=company).order_by("id").values()),
            "groups": list(Group.objects.filter(company=company).order_by("id").values()),
            "pools": list(Pool.objects.filter(company=company).order_by("id").values()),
            "codes": {f"u{i}": self.code(f"u{i}@martin.test") for i in range(4)},
        }
