"""`zaiseki charter`: a tenant's charter, published and listed from a shell."""

import pytest

from tests.e2e.installation import CHARTER
from tests.hub.shell.conftest import Shell

pytestmark = [pytest.mark.requirement("R57", "R70"), pytest.mark.usefixtures("company")]


def test_a_charter_is_published_and_a_later_one_takes_thirty_days_or_a_reason(
    shell: Shell,
) -> None:
    assert "nothing is captured" in shell("charter", "show")[1]
    assert shell("charter", "publish", *CHARTER)[0] == 0
    assert shell("charter", "publish", *CHARTER)[0] == 0
    assert shell("charter", "publish", *CHARTER, "--hurry", "法令の改正")[0] == 0

    _, printed = shell("charter", "show")
    assert [line.split("\t")[:2] for line in printed.splitlines()] == [
        ["3", "in force"], ["2", "to come"], ["1", "in force"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--audit-on", "soon", "is no date"), ("--rules", " ", "says nothing")],
)
def test_what_is_wrong_is_one_line(shell: Shell, option: str, value: str, says: str) -> None:
    words = list(CHARTER)
    words[words.index(option) + 1] = value
    code, printed = shell("charter", "publish", *words)

    assert code == 1
    assert says in printed.splitlines()[-1]
