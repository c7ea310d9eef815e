"""The server's commands: what they are called and take; what they do is in `up` and `commands`."""

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.access import Role
from hub.settings import add_hub_options, add_record_options, add_url_option

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


ROLES = [role.value for role in Role if role is not Role.OPERATOR]


def register(commands: "Commands") -> None:
    """Add what runs (`up`, `hub`, `jobs`), `doctor`, and the administrator's commands."""
    _up(commands)
    _hub(commands)
    _jobs(commands)
    _doctor(commands)
    _tenant(_family(commands, "tenant", "the customers of this hub"))
    _operator(_family(commands, "operator", "who runs this installation"))
    _member(_family(commands, "member", "the people"))
    _group(_family(commands, "group", "the tree of groups"))
    _device(_family(commands, "device", "the devices that report"))
    _charter(_family(commands, "charter", "what a tenant watches for: nothing before there is one"))
    _webhook(_family(commands, "webhook", "who is told of what happens"))
    _maintenance(_family(commands, "maintenance", "when the hub is closed, and told so before"))
    _db(_family(commands, "db", "the tables of the record"))
    _keys(_family(commands, "keys", "what seals the stored images, templates and secrets"))


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded stays: to look through it for garbage, now and later, finds none.

    Measured: without it the hub's 1,500 modules take 2.2 s of a core instead of 1.8.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def run(options: argparse.Namespace) -> int:
    """Do the command and return the exit code; the server's libraries are needed from here on."""
    try:
        with loading():
            from hub.shell.commands import run_command
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_command(options)


def run_up(options: argparse.Namespace) -> int:
    try:
        with loading():
            from hub.up import run_up
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_up(options)


def run_hub(options: argparse.Namespace) -> int:
    try:
        with loading():
            from hub.up import run_hub
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_hub(options)


def run_jobs(options: argparse.Namespace) -> int:
    try:
        with loading():
            from hub.up import run_jobs
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_jobs(options)


def run_doctor(options: argparse.Namespace) -> int:
    try:
        from hub.shell.doctor import run_doctor
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_doctor(options)


def run_keys(options: argparse.Namespace) -> int:
    try:
        from hub.shell.keys import run_keys
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_keys(options)


def not_installed(missing: ModuleNotFoundError) -> int:
    print(f"zaiseki: this needs {missing.name}: pip install 'zaiseki[hub]'", file=sys.stderr)
    return 1


def _up(commands: "Commands") -> None:
    about = "run the hub, with an embedded broker and record unless told otherwise"
    up = commands.add_parser("up", help=about, description=about)
    add_hub_options(up)
    start = up.add_mutually_exclusive_group()
    start.add_argument("--demo", action="store_true", help="with a demo tenant and its agents")
    start.add_argument("--empty", action="store_true", help="without the demo (the default)")
    up.set_defaults(run=run_up)


def _hub(commands: "Commands") -> None:
    about = "serve agents, boards and the web: one node of many; wants zaiseki jobs beside it"
    parser = commands.add_parser("hub", help=about, description=about)
    add_hub_options(parser)
    parser.set_defaults(run=run_hub)


def _jobs(commands: "Commands") -> None:
    about = "end leases, keep snapshots, send webhooks: any number beside zaiseki hub"
    parser = commands.add_parser("jobs", help=about, description=about)
    add_hub_options(parser)
    parser.set_defaults(run=run_jobs)


def _doctor(commands: "Commands") -> None:
    about = "try every dependency, and say in one line each what is wrong with it"
    doctor = commands.add_parser("doctor", help=about, description=about)
    add_hub_options(doctor)
    doctor.add_argument(
        "--connections",
        type=int,
        metavar="N",
        help="agents and boards to expect on this machine [as many as there are devices]",
    )
    doctor.set_defaults(run=run_doctor)


def _tenant(family: "Commands") -> None:
    add = _command(family, "tenant_add", "create a tenant; prints its system id")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--seats", type=_seats, metavar="N", help="active accounts at most [no limit]")
    add.add_argument(
        "--before-start", action="store_true", help="its people prepare; no device reports yet"
    )
    _command(family, "tenant_list", "list the tenants: state, and accounts of how many")
    for action, about in (
        ("tenant_suspend", "let nobody and no device in, within 5 s; the data stays"),
        ("tenant_resume", "let a tenant begin, or go on"),
        ("tenant_end", "end the contract: nobody gets in; all is erased in a month"),
    ):
        change = _command(family, action, about)
        change.add_argument("system_id", metavar="SYSTEM_ID")
        change.add_argument("--reason", default="", help="as the logs will have it")
    seats = _command(family, "tenant_seats", "how many active accounts the contract has")
    seats.add_argument("system_id", metavar="SYSTEM_ID")
    seats.add_argument("seats", type=_seats, metavar="N", help="a number, or none")


def _operator(family: "Commands") -> None:
    add = _command(family, "operator_add", "give somebody the installation to run")
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--name", required=True)
    _password_option(add)
    add.set_defaults(group=[], supervise=[])
    _command(family, "operator_list", "list those who run the installation")
    disable = _command(family, "operator_disable", "end somebody's access")
    disable.add_argument("login", metavar="LOGIN")


def _seats(text: str) -> int | None:
    if text == "none":
        return None
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("seats are a number from 1 on, or none")
    return int(text)


def _member(family: "Commands") -> None:
    add = _command(family, "member_add", "give somebody a login; prints the password once")
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--name", required=True, help="as boards show it")
    add.add_argument("--role", choices=ROLES, default=Role.WORKER.value)
    add.add_argument("--group", action="append", default=[], metavar="G", help="name or path A/B")
    add.add_argument(
        "--supervise", action="append", default=[], metavar="G", help="a supervisor's groups"
    )
    _password_option(add)
    _command(family, "member_list", "list the people")
    disable = _command(family, "member_disable", "end somebody's access and their devices'")
    disable.add_argument("login", metavar="LOGIN")
    enable = _command(family, "member_enable", "let somebody in again")
    enable.add_argument("login", metavar="LOGIN")
    password = _command(family, "member_password", "set a new password; signs out everywhere")
    password.add_argument("login", metavar="LOGIN")
    _password_option(password)
    invite = _command(family, "member_invite", "print a link to choose a password with")
    invite.add_argument("login", metavar="LOGIN")
    add_url_option(invite)
    unlock = _command(family, "member_unlock", "take away a second factor that is lost")
    unlock.add_argument("login", metavar="LOGIN")
    for parser in family.choices.values():
        _tenant_option(parser)


def _group(family: "Commands") -> None:
    add = _command(family, "group_add", "add a group")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--parent", metavar="G", help="the group above it, name or path A/B")
    _command(family, "group_list", "list the groups")
    for parser in family.choices.values():
        _tenant_option(parser)


def _device(family: "Commands") -> None:
    add = _command(family, "device_add", "add a device; prints its token once")
    add.add_argument("login", metavar="LOGIN", help="whose device it is")
    add.add_argument("--name", default="PC")
    add_url_option(add)
    revoke = _command(family, "device_revoke", "make a device's token worth nothing")
    revoke.add_argument("device", metavar="ID", type=int)
    _command(family, "device_list", "list the devices")
    for parser in family.choices.values():
        _tenant_option(parser)


def _charter(family: "Commands") -> None:
    publish = _command(family, "charter_publish", "publish a monitoring charter, or a new version")
    for name, about in (
        ("purpose", "what is watched for"),
        ("responsible", "who is responsible, by name or office"),
        ("contact", "whom members ask about it"),
        ("rules", "when is watched, what is kept, and for how long"),
        ("viewers", "who may look"),
    ):
        publish.add_argument(f"--{name}", required=True, metavar="TEXT", help=about)
    publish.add_argument("--audit-on", required=True, metavar="DATE", help="such as 2027-03-31")
    publish.add_argument(
        "--hurry", metavar="WHY", help="why a changed charter counts at once, not in 30 days"
    )
    _command(family, "charter_show", "list the versions")
    for parser in family.choices.values():
        _tenant_option(parser)


def _webhook(family: "Commands") -> None:
    add = _command(family, "webhook_add", "tell an address what happens; prints its secret once")
    add.add_argument("address", metavar="URL", help="https://HOST/PATH; see ZAISEKI_WEBHOOK_ALLOW")
    change = _command(family, "webhook_change", "tell it other things, or elsewhere")
    change.add_argument("--url", help="https://HOST/PATH")
    for parser in (add, change):
        _webhook_wishes(parser)
    _command(family, "webhook_list", "list the addresses and how their messages fare")
    for name, about in (
        ("rotate", "another secret; the one before signs beside it for a day"),
        ("test", "send a webhook.ping"),
        ("enable", "tell it again what happens"),
        ("disable", "tell it nothing for now"),
        ("remove", "tell an address nothing more"),
    ):
        _command(family, f"webhook_{name}", about)
    for name in ("change", "rotate", "test", "enable", "disable", "remove"):
        family.choices[name].add_argument("webhook", metavar="ID", type=int)
    _webhook_log(family)
    for parser in family.choices.values():
        _tenant_option(parser)


def _webhook_wishes(parser: argparse.ArgumentParser) -> None:
    several = parser.add_argument
    several("--type", action="append", default=[], help="such as incident.opened or incident.*")
    several("--group", action="append", default=[], help="whose members, with all below it")
    parser.add_argument("--description", help="what it is for")
    parser.add_argument("--content", choices=("standard", "cloudevents"), help="[standard]")
    several("--sign", action="append", choices=("v1", "v1a"), help="again for both [v1]")


def _webhook_log(family: "Commands") -> None:
    listed = _command(family, "webhook_deliveries", "what was sent in the last 30 days")
    listed.add_argument("webhook", metavar="ID", type=int, nargs="?", help="to this one only")
    listed.add_argument("--status", choices=("waiting", "delivered", "failed"))
    listed.add_argument("--type", help="such as incident.opened")
    listed.add_argument("--limit", type=int, default=50, help="how many, the newest first [50]")
    one = _command(family, "webhook_delivery", "one with its body and every attempt")
    one.add_argument("delivery", metavar="ID", type=int)
    again = _command(family, "webhook_replay", "send again what was sent, or what failed")
    again.add_argument("webhook", metavar="ID", type=int, nargs="?", help="with --since")
    again.add_argument("--delivery", metavar="ID", type=int, help="this one")
    again.add_argument("--since", metavar="TIME", help="all that failed since 2026-11-22T09:00")


def _maintenance(family: "Commands") -> None:
    announce = _command(family, "maintenance_announce", "say when the hub will be closed")
    announce.add_argument(
        "--from", required=True, dest="begins", metavar="TIME",
        help="such as 2027-03-31T22:00 (Asia/Tokyo), with an offset, or now",
    )  # fmt: skip
    announce.add_argument("--to", required=True, dest="ends", metavar="TIME", help="planned end")
    for language, name in (("ja", "Japanese"), ("en", "English")):
        announce.add_argument(
            f"--text-{language}", default="", metavar="TEXT", help=f"what for, in {name}"
        )
    begin = _command(family, "maintenance_begin", "close the hub: take no reports, show no board")
    end = _command(family, "maintenance_end", "open the hub again, or withdraw what was announced")
    for parser in (begin, end):
        parser.add_argument(
            "window", metavar="ID", type=int, nargs="?", help="else the one that stands so"
        )
    _command(family, "maintenance_list", "list the windows")


def _db(family: "Commands") -> None:
    _command(family, "db_upgrade", "create the tables or bring them up to date")
    _command(family, "db_check", "say whether the tables fit this program")


def _keys(family: "Commands") -> None:
    status = _command(family, "keys_status", "say which keys there are and what they still do")
    rotate = _command(family, "keys_rotate", "seal with new keys, while the hubs run")
    level = rotate.add_mutually_exclusive_group()
    level.add_argument("--master", action="store_true", help="a new master key, not tenant keys")
    level.add_argument(
        "--prepare", action="store_true", help="make the next master key, but do not use it yet"
    )
    retire = _command(family, "keys_retire", "end older keys of tenants now, not in a month")
    for parser in (status, rotate, retire):
        parser.add_argument("--tenant", metavar="SYSTEM_ID", help="only this one [all]")
    reseal = _command(family, "keys_reseal", "seal anew here and now what the jobs would")
    reseal.add_argument("--scrub", action="store_true", help="then rewrite the database's files")
    drop = _command(family, "keys_drop", "forget an older master key, and backups that need it")
    drop.add_argument("name", metavar="NAME", help="as `zaiseki keys status` has it")
    destroy = _command(family, "keys_destroy", "make all that a tenant has stored unreadable")
    certificate = _command(family, "keys_certificate", "show the certificate of that once more")
    for parser in (destroy, certificate):
        parser.add_argument("system_id", metavar="SYSTEM_ID")
    for parser in (drop, destroy):
        parser.add_argument("--confirm", metavar="WORD", help="the same word once more")
    destroy.add_argument(
        "--although", metavar="STATE", help="the contract's state, where it has not ended"
    )
    for parser in (reseal, retire):
        parser.add_argument(
            "--vault",
            metavar="URL",
            help="object store for images [ZAISEKI_VAULT, else in --state]",
        )
    for parser in family.choices.values():
        parser.set_defaults(run=run_keys)


def _family(commands: "Commands", name: str, about: str) -> "Commands":
    parser = commands.add_parser(name, help=about, description=about)
    return parser.add_subparsers(metavar="COMMAND", required=True)


def _command(family: "Commands", action: str, about: str) -> argparse.ArgumentParser:
    """`action` is family_verb: the verb is typed, the whole is the function in `commands`."""
    parser = family.add_parser(action.partition("_")[2], help=about, description=about)
    parser.set_defaults(run=run, action=action)
    add_record_options(parser)
    return parser


def _password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input instead of making one up",
    )


def _tenant_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", metavar="SYSTEM_ID", help="needed where there are several")
