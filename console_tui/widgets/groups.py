"""The tree of groups, two lines each: name and people, then how many of what."""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.text import Text

from console_tui.look import INCIDENT
from console_tui.rows import NO_GROUP, Branch, Counts, Row, branches, counts, counts_by_branch
from console_tui.scene import Scene
from console_tui.widgets.header import ALWAYS
from console_tui.widgets.lines import LineList
from hub.protocol.replica import Board

EVERYBODY = -1  # the root of the tree; groups count from 1


class Groups(LineList[int]):
    """The cursor's group says whom the table shows."""

    def __init__(self, scene: Scene, tenant: str) -> None:
        super().__init__(scene)
        self.row_height = 2
        self.tenant = tenant
        self._branches: dict[int, Branch] = {}
        self._counts: dict[int, Counts] = {}

    def tell(self, board: Board, rows: Iterable[Row]) -> None:
        every = list(rows)
        tree = branches(board.groups)
        self._branches = {branch.id: branch for branch in tree}
        self._counts = counts_by_branch(every, tree)
        self._counts[EVERYBODY] = counts(row.seat for row in every)
        loners = [NO_GROUP] if self._counts[NO_GROUP].people and self._branches else []
        self.show([EVERYBODY, *self._branches, *loners])

    def within(self, key: int | None) -> frozenset[int] | None:
        """The groups that a key stands for; None stands for everybody."""
        if key == NO_GROUP:
            return frozenset({NO_GROUP})
        branch = self._branches.get(key) if key is not None else None
        return branch.within if branch else None

    def title_of(self, key: int | None) -> str:
        if key == NO_GROUP:
            return self.scene.words("groups.none")
        branch = self._branches.get(key) if key is not None else None
        return branch.name if branch else self.scene.words("groups.all")

    def draw(self, key: int, line: int, width: int) -> Text:
        of = self._counts.get(key, counts(()))
        trunk = self._trunk(key)
        if line:
            return self._sums(of, 1 + cell_len(trunk), width)
        number = f" {of.people} "
        name = self.tenant if key == EVERYBODY else self.title_of(key)
        room = width - 1 - cell_len(trunk) - len(number)
        text = Text(f" {trunk}", self.scene.style("ink-3"))
        text.append(self.scene.cut(name, room), self.scene.style("ink", bold=key == EVERYBODY))
        return text.append(number, self.scene.style("ink-3"))

    def _trunk(self, key: int) -> str:
        glyph = self.scene.look.glyph
        if key == EVERYBODY:
            return glyph("root") + " "
        branch = self._branches.get(key)
        if branch is None:
            return glyph("dot") + " "
        return "  " * branch.depth + glyph("last" if branch.last else "branch") + " "

    def _sums(self, of: Counts, indent: int, width: int) -> Text:
        """Incidents always have their place; the quieter labels go first where it gets narrow."""
        look, scene = self.scene.look, self.scene
        alarm = Text(f"{look.glyph(INCIDENT)}{of.todo}", scene.style(INCIDENT, bold=True))
        room = width - indent - (alarm.cell_len if of.todo else 0)
        text = Text()
        for label in ALWAYS:
            number = of.labels.get(label, 0)
            part = Text(look.glyph(label), scene.style(label))
            part.append(f"{number} ", scene.style("ink-3"))
            if text.cell_len + part.cell_len > room:
                break
            if number:
                text.append(part)
        return Text.assemble(" " * indent, text, alarm if of.todo else "")
