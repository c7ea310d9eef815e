"""Who may do what, printed: every action by every role, to oneself and to everybody else."""

import argparse
from typing import TYPE_CHECKING

from hub.access import Action, Actor, Role, Sharing, Subject, among, may

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_HERE, _ELSEWHERE = 1, 2
_ME, _SOMEBODY = 1, 2
_MINE, _OTHERS, _SHARED = frozenset({1}), frozenset({2}), frozenset({3})

# A letter for each kind of subject; a cell of the matrix names those that the role may do it to.
SUBJECTS = {
    "O": Subject(_HERE, _ME, _OTHERS),
    "G": Subject(_HERE, _SOMEBODY, _MINE),
    "C": Subject(_HERE, _SOMEBODY, _SHARED),
    "A": Subject(_HERE, _SOMEBODY, _OTHERS),
    "T": Subject(_HERE),
    "X": Subject(_ELSEWHERE, _SOMEBODY, _MINE),
    "I": Subject(_ELSEWHERE),
}
LEGEND = {
    "O": ("自分", "oneself"),
    "G": ("担当グループ(その下を含む)の人", "members of the groups that one supervises, or below"),
    "C": ("状況を共有する同僚", "colleagues who share their status with one"),
    "A": ("自テナントのほかの人", "anybody else of one's tenant"),
    "T": ("自テナント全体", "one's tenant as a whole"),
    "X": ("他テナントの人", "anybody of another tenant"),
    "I": ("他テナントの契約", "another tenant's contract"),
}
NOBODY = "."


def cell(role: Role, action: Action) -> str:
    """The letters of those to whom the role may do it, each in its place."""
    alone = Actor(_HERE, _ME, role, _MINE if role is Role.SUPERVISOR else frozenset())
    actor = among(alone, Sharing.GROUPS, _SHARED)
    return "".join(
        letter if may(actor, action, subject) else NOBODY for letter, subject in SUBJECTS.items()
    )


def text() -> str:
    """For a terminal."""
    wide = max(map(len, Action))
    names = max(map(len, Role))
    lines = [f"{'':{wide}} " + " ".join(f"{role:{names}}" for role in Role).rstrip()]
    for action in Action:
        cells = " ".join(f"{cell(role, action):{names}}" for role in Role)
        lines.append(f"{action:{wide}} {cells}".rstrip())
    legend = [f"{letter} = {ja} / {en}" for letter, (ja, en) in LEGEND.items()]
    return "\n".join([*lines, "", *legend])


def markdown() -> str:
    """The same for docs/access.md."""
    rows = [["", *Role], ["---"] * (len(Role) + 1)]
    rows += [[f"`{action}`", *(f"`{cell(role, action)}`" for role in Role)] for action in Action]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def register(commands: "Commands") -> None:
    about = "print who may do what: every action by every role"
    parser = commands.add_parser("access", help=about, description=about)
    parser.add_argument("--markdown", action="store_true", help="as the table of docs/access.md")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    print(markdown() if options.markdown else text())
    return 0
