"""The table of members as people keep it in a spreadsheet: lines to changes, and what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from hub.access import Role
from hub.http.fields import Email, Login, Name
from storage.people.members import Edit, MemberRow, login_key

SEPARATOR = ";"  # between several groups in one cell

T = TypeVar("T")

COLUMNS = {
    "login": ("ログイン", "login"),
    "name": ("名前", "name"),
    "email": ("メール", "email"),
    "role": ("権限", "role"),
    "locale": ("言語", "language"),
    "state": ("状態", "state"),
    "groups": ("グループ", "groups"),
    "supervises": ("担当グループ", "supervises"),
}
ROLES = {
    Role.CONTRACTOR: ("契約者", "contractor"),
    Role.ADMINISTRATOR: ("管理者", "administrator"),
    Role.SUPERVISOR: ("上司", "supervisor"),
    Role.AUDITOR: ("監査", "auditor"),
    Role.WORKER: ("本人", "worker"),
}
STATES = {False: ("有効", "active"), True: ("無効", "disabled")}
LOCALES = {"ja": ("日本語", "ja"), "en": ("英語", "en")}


@dataclass(frozen=True, slots=True)
class Bad:
    """What is wrong with a line, in Japanese and English; `column` is one of COLUMNS, or none."""

    line: int
    column: str
    said: tuple[str, str]


@dataclass(slots=True)
class Plan:
    """What an import will do. `access` says who will be disabled, or (False) enabled again."""

    new: list[Edit] = field(default_factory=list)
    edits: dict[int, Edit] = field(default_factory=dict)
    access: dict[int, bool] = field(default_factory=dict)
    unchanged: int = 0
    bad: list[Bad] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return len(self.edits.keys() | self.access.keys())


class Wrong(Exception):
    """A cell cannot be taken."""

    def __init__(self, column: str, ja: str, en: str) -> None:
        super().__init__(en)
        self.column = column
        self.said = ja, en


def head(locale: str) -> list[str]:
    return [names[locale == "en"] for names in COLUMNS.values()]


def line_of(row: MemberRow, paths: Mapping[int, str], locale: str) -> list[str]:
    """A member as a line; whoever imports it again changes nothing."""
    english = locale == "en"
    return [
        row.login,
        row.name,
        row.email or "",
        ROLES[row.role][english],
        LOCALES[row.locale][english],
        STATES[row.disabled][english],
        SEPARATOR.join(paths[group] for group in row.groups),
        SEPARATOR.join(paths[group] for group in row.supervises),
    ]


def unreadable(line: int) -> Bad:
    said = (
        "CSV として読めません。UTF-8 か Shift_JIS で保存してください。",
        "This is not CSV. Save it as UTF-8 or Shift_JIS.",
    )
    return Bad(line, "", said)


def plan(
    table: Sequence[Sequence[str]],
    known: Iterable[MemberRow],
    groups: Mapping[str, int],
    me: int,
    seat_limit: int | None,
) -> Plan:
    """What the lines ask for, and each line that cannot be taken. `groups` go by their path."""
    made = Plan()
    try:
        places = _places(table[0] if table else [])
    except Wrong as wrong:
        made.bad.append(Bad(1, wrong.column, wrong.said))
        return made
    by_login = {row.login: row for row in known}
    active = {row.id: not row.disabled for row in by_login.values()}
    seen: set[str] = set()
    for number, cells in enumerate(table[1:], start=2):
        given = {
            column: cells[place].strip() for column, place in places.items() if place < len(cells)
        }
        try:
            _line(made, given, by_login, groups, me, seen, active)
        except Wrong as wrong:
            made.bad.append(Bad(number, wrong.column, wrong.said))
    _whole(made, active, seat_limit)
    return made


def _places(names: Sequence[str]) -> dict[str, int]:
    """Where each column stands; the order is free, and all but the login may be left out."""
    found: dict[str, int] = {}
    spelled = {name: column for column, names in COLUMNS.items() for name in (column, *names)}
    for place, name in enumerate(names):
        column = spelled.get(name.strip().casefold())
        if column is None or column in found:
            raise Wrong(
                "", f"列の見出し「{name}」が分かりません。", f"The column “{name}” is not known."
            )
        found[column] = place
    if "login" not in found:
        raise Wrong("login", "見出しに「ログイン」の列が必要です。", "A column “login” is needed.")
    return found


def _line(
    made: Plan,
    given: Mapping[str, str],
    known: Mapping[str, MemberRow],
    groups: Mapping[str, int],
    me: int,
    seen: set[str],
    active: dict[int, bool],
) -> None:
    login = login_key(_checked("login", given.get("login", ""), Login))
    if login in seen:
        raise Wrong("login", "このログインは上の行にもあります。", "This login is above already.")
    seen.add(login)
    row = known.get(login)
    edit, disabled = _edit(login, given, groups, row)
    if row is None:
        if disabled:
            raise Wrong("state", "新しい人は有効にしてください。", "A new member must be active.")
        made.new.append(edit)
        return
    role = edit.role or row.role
    gone = row.disabled if disabled is None else disabled
    if row.id == me and (role, gone) != (row.role, row.disabled):
        raise Wrong(
            "role",
            "自分の権限や有効・無効は変えられません。",
            "Nobody changes their own role or access.",
        )
    active[row.id] = not gone
    changes = _changed(edit, row)
    if changes:
        made.edits[row.id] = edit
    if gone is not row.disabled:
        made.access[row.id] = gone
    made.unchanged += not changes and gone is row.disabled


def _edit(
    login: str, given: Mapping[str, str], groups: Mapping[str, int], row: MemberRow | None
) -> tuple[Edit, bool | None]:
    """What a line asks for; an empty cell asks for nothing."""

    def cell(column: str) -> str | None:
        return given.get(column) or None

    name, email = cell("name"), cell("email")
    if name is None and row is None:
        raise Wrong("name", "新しい人には名前が必要です。", "A new member needs a name.")
    role = _one_of("role", cell("role"), ROLES)
    supervises = _groups("supervises", cell("supervises"), groups)
    if supervises and (role or (row.role if row else Role.WORKER)) is not Role.SUPERVISOR:
        raise Wrong(
            "supervises",
            "担当グループは、権限が「上司」の人だけに付けられます。",
            "Only a supervisor supervises groups.",
        )
    edit = Edit(
        login=None if row else login,
        name=_checked("name", name, Name) if name else None,
        email=_checked("email", email, Email) if email else None,
        role=role,
        locale=_one_of("locale", cell("locale"), LOCALES),
        groups=_groups("groups", cell("groups"), groups),
        supervises=supervises,
    )
    return edit, _one_of("state", cell("state"), STATES)


def _checked(column: str, text: str, shape: Annotated[type[str], Meta]) -> str:
    try:
        return msgspec.convert(text, shape)
    except msgspec.ValidationError:
        ja, en = COLUMNS[column]
        raise Wrong(
            column, f"「{ja}」の書き方が正しくありません。", f"The {en} is not spelled right."
        ) from None


def _one_of(column: str, text: str | None, names: Mapping[T, tuple[str, str]]) -> T | None:
    """What the cell names in either language; nothing for an empty one."""
    if text is None:
        return None
    for value, spelled in names.items():
        if text.casefold() in spelled:
            return value
    allowed = ["・".join(spelled[i] for spelled in names.values()) for i in (0, 1)]
    raise Wrong(
        column,
        f"「{text}」は使えません。使えるのは {allowed[0]} です。",
        f"“{text}” is not possible; choose one of {allowed[1]}.",
    )


def _groups(column: str, text: str | None, groups: Mapping[str, int]) -> tuple[int, ...] | None:
    if text is None:
        return None
    paths = [path.strip() for path in text.split(SEPARATOR) if path.strip()]
    for path in paths:
        if path not in groups:
            raise Wrong(
                column,
                f"グループ「{path}」がありません。上からの名前を / でつないで書いてください。",
                f"There is no group “{path}”. Write the names from the top with / between them.",
            )
    return tuple(sorted({groups[path] for path in paths}))


def _changed(edit: Edit, row: MemberRow) -> bool:
    pairs = (
        (edit.name, row.name),
        (edit.email, row.email),
        (edit.role, row.role),
        (edit.locale, row.locale),
        (edit.groups, row.groups),
        (edit.supervises, row.supervises),
    )
    return any(wanted is not None and wanted != stands for wanted, stands in pairs)


def _whole(made: Plan, active: Mapping[int, bool], seat_limit: int | None) -> None:
    """What is wrong with the whole rather than with a line."""
    seats = sum(active.values()) + len(made.new)
    if seat_limit is not None and seats > seat_limit and (made.new or made.access):
        ja = f"契約アカウント数({seat_limit})を超えます: {seats}"
        en = f"That would be {seats} active accounts; the contract has {seat_limit}."
        made.bad.append(Bad(1, "", (ja, en)))
