"""The server's commands: what they are called and take; what they do is in `up` and `commands`."""

import argparse
import sys
from typing import TYPE_CHECKING

from hub.access import Role
from hub.settings import add_hub_options, add_record_options, add_url_option

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: "Commands") -> None:
    """Add what runs (`up`, `hub`, `jobs`), `doctor`, and the administrator's commands."""
    _up(commands)
    _hub(commands)
    _jobs(commands)
    _doctor(commands)
    _tenant(_family(commands, "tenant", "the customers of this hub"))
    _member(_family(commands, "member", "the people"))
    _group(_family(commands, "group", "the tree of groups"))
    _device(_family(commands, "device", "the devices that report"))
    _webhook(_family(commands, "webhook", "who is told of what happens"))
    _db(_family(commands, "db", "the tables of the record"))


def run(options: argparse.Namespace) -> int:
    """Do the command and return the exit code; the server's libraries are needed from here on."""
    try:
        from hub.commands import run_command
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_command(options)


def run_up(options: argparse.Namespace) -> int:
    try:
        from hub.up import run_up
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_up(options)


def run_hub(options: argparse.Namespace) -> int:
    try:
        from hub.up import run_hub
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_hub(options)


def run_jobs(options: argparse.Namespace) -> int:
    try:
        from hub.up import run_jobs
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_jobs(options)


def run_doctor(options: argparse.Namespace) -> int:
    try:
        from hub.doctor import run_doctor
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    return run_doctor(options)


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
    _command(family, "tenant_list", "list the tenants")


def _member(family: "Commands") -> None:
    add = _command(family, "member_add", "give somebody a login; prints the password once")
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--name", required=True, help="as boards show it")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.WORKER.value)
    add.add_argument("--group", action="append", default=[], metavar="G", help="name or path A/B")
    add.add_argument(
        "--supervise", action="append", default=[], metavar="G", help="a supervisor's groups"
    )
    _password_option(add)
    _command(family, "member_list", "list the people")
    disable = _command(family, "member_disable", "end somebody's access and their devices'")
    disable.add_argument("login", metavar="LOGIN")
    password = _command(family, "member_password", "set a new password; signs out everywhere")
    password.add_argument("login", metavar="LOGIN")
    _password_option(password)
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


def _webhook(family: "Commands") -> None:
    add = _command(family, "webhook_add", "tell an address what happens; prints its secret once")
    add.add_argument("address", metavar="URL", help="https://HOST/PATH; see ZAISEKI_WEBHOOK_ALLOW")
    add.add_argument(
        "--type",
        action="append",
        default=[],
        help="presence.updated or incident.opened; again for more [all]",
    )
    _command(family, "webhook_list", "list the addresses and how their messages fare")
    remove = _command(family, "webhook_remove", "tell an address nothing more")
    remove.add_argument("webhook", metavar="ID", type=int)
    test = _command(family, "webhook_test", "send a webhook.ping")
    test.add_argument("webhook", metavar="ID", type=int)
    for parser in family.choices.values():
        _tenant_option(parser)


def _db(family: "Commands") -> None:
    _command(family, "db_upgrade", "create the tables or bring them up to date")
    _command(family, "db_check", "say whether the tables fit this program")


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
