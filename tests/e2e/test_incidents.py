"""The incidents' page in a browser: a whole review, two supervisors at once, and the worker."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest
from playwright.async_api import Locator, Page, Route, expect

from hub.history.days import TOKYO
from hub.protocol.facts import IncidentKind, Why
from tests.clock import until
from tests.e2e.scene import Scene
from tests.e2e.site import troubles

pytestmark = pytest.mark.asyncio(loop_scope="module")

GRAVE = Why(votes=3, of=5, score=0.31, threshold=0.42, quality=0.82)

# Stands in for what a headless browser has not: the desktop's notifications, and loudspeakers.
EARS = """() => {
  window.rung = 0; window.told = [];
  window.AudioContext = class {
    currentTime = 0; destination = {};
    constructor() { window.rung += 1; }
    close() {}
  };
  const gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
  const node = function () {
    return { gain, connect(to) { return to; }, start() {}, stop() {} };
  };
  window.OscillatorNode = node; window.GainNode = node;
  window.Notification = class {
    static permission = "granted";
    constructor(title, { body, tag }) { window.told.push({ title, body, tag }); }
  };
  document.hasFocus = () => false;
  localStorage.setItem("zaiseki.sound", "on");
}"""


def row(page: Page, incident: str) -> Locator:
    return page.locator(f'.queue [data-incident="{incident}"]')


def opened(page: Page, incident: str) -> Locator:
    """The incident under review."""
    return page.locator(f'[data-case="{incident}"]')


async def chosen(page: Page, incident: str) -> None:
    await row(page, incident).get_by_role("button").click()
    await expect(opened(page, incident)).to_be_visible()
    await expect(page.get_by_role("button", name="インシデントの確認")).to_be_enabled()


@pytest.mark.requirement("R6")
@pytest.mark.requirement("R12")
@pytest.mark.requirement("R13")
async def test_a_whole_review_by_keys_alone(
    office: Scene, unhurried: Callable[[Page], Awaitable[None]]
) -> None:
    other = await office.opens()
    id = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    page = await office.queue(office.saito)
    await expect(opened(page, id)).to_be_visible()  # the gravest comes first
    await expect(page.get_by_text("選ぶと5分だけ表示します")).to_contain_text(
        "本人の画面に載ります"
    )
    pictures = opened(page, id).locator(".pictures img")
    await expect(page.get_by_role("button", name="インシデントの確認")).to_be_focused()
    await expect(pictures).to_have_count(0)
    told = await office.site.tell(office.office, office.worker, "GET", "viewings")
    assert told["items"] == []

    await page.keyboard.press("q")
    await expect(pictures).to_have_count(2)
    shown = "(all) => all.every((one) => one.complete && one.naturalWidth > 0)"
    await until(lambda: pictures.evaluate_all(shown))
    await expect(page.get_by_text(re.compile(r"あと [45]:\d\d"))).to_be_visible()
    await page.keyboard.press(" ")
    await expect(pictures).to_have_count(0)
    await page.keyboard.press(" ")
    await expect(pictures).to_have_count(2)

    await page.keyboard.press("a")
    await expect(row(page, id)).to_contain_text("saitoさん")
    await page.keyboard.press("n")
    await page.keyboard.type("123 本人に確認した")
    await page.keyboard.press("Escape")
    await unhurried(page)
    await page.keyboard.press("3")
    toast = page.get_by_text("なりすましを誤検知にしました")
    await expect(toast).to_be_visible()
    await expect(row(page, id)).to_have_count(0)
    await expect(opened(page, other)).to_be_visible()
    await page.keyboard.press("u")
    await expect(row(page, id)).to_be_visible()
    await expect(toast).to_have_count(0)
    await office.stands(None, None)

    await page.keyboard.press("k")
    await expect(opened(page, id)).to_be_visible()
    await page.keyboard.press("2")
    await until(lambda: is_judged(office, "confirmed"))
    looks = await office.site.tell(office.office, office.worker, "GET", "viewings")
    assert [one["purpose"] for one in looks["items"]] == ["incident_review"] * 2
    own = await office.site.tell(office.office, office.worker, "GET", f"incidents/{id}")
    assert [step["what"] for step in own["course"]].count("viewed") == 1
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="キー操作")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await page.wait_for_url(office.site.hub.url + "/**")
    await expect(page.locator("[data-member]").first).to_be_visible()


async def is_judged(office: Scene, verdict: str) -> bool:
    return verdict in await office.verdicts()


async def test_two_supervisors_see_each_others_work_and_nothing_jumps(office: Scene) -> None:
    first = [await office.opens(IncidentKind.CAMERA_COVERED) for _ in range(2)]
    one, two = await office.queue(office.saito), await office.queue(office.kimura)
    await chosen(one, first[1])
    await one.set_viewport_size({"width": 1280, "height": 240})
    await one.locator(".queue").evaluate("(box) => box.scrollTo(0, 40)")
    before = await row(one, first[1]).bounding_box()

    grave = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    await expect(row(one, grave)).to_be_attached()
    assert await row(one, first[1]).bounding_box() == before
    await expect(opened(one, first[1])).to_be_visible()
    await expect(one.locator("[data-alarm]")).to_contain_text("なりすまし")

    await chosen(two, grave)
    await two.keyboard.press("a")
    await expect(row(one, grave)).to_contain_text("木村 部長さん")
    await expect(one.get_by_role("heading", name="ほかの人が担当")).to_be_visible()
    await two.keyboard.press("1")
    await expect(row(one, grave)).to_have_count(0)

    said = {"text": "掃除のために少し覆っただけです。"}
    path = f"incidents/{first[1]}/dispute"
    await office.site.tell(office.office, office.worker, "POST", path, said)
    await expect(row(one, first[1])).to_contain_text("申し立て")
    await expect(one.get_by_role("complementary")).to_contain_text(said["text"])


async def test_only_what_was_looked_at_is_judged_at_once(
    office: Scene, unhurried: Callable[[Page], Awaitable[None]]
) -> None:
    ids = [await office.opens() for _ in range(3)]
    page = await office.queue(office.saito)
    await expect(page.get_by_role("checkbox")).to_have_count(0)
    for id in ids[:2]:
        await chosen(page, id)
        await page.keyboard.press("q")
        await expect(row(page, id).get_by_role("checkbox")).to_be_visible()
        await page.keyboard.press("x")
    await expect(row(page, ids[2]).get_by_role("checkbox")).to_have_count(0)
    await unhurried(page)
    await page.get_by_role("group", name="2件を選択中").get_by_role("button", name="正当").click()
    await expect(page.get_by_text("2件を正当にしました")).to_be_visible()
    await expect(row(page, ids[0])).to_have_count(0)
    await office.stands(None, "benign", "benign")
    await page.keyboard.press("u")
    await expect(row(page, ids[0])).to_be_visible()
    await office.stands(None, None, None)


async def test_an_opening_calls_as_the_supervisor_chose(office: Scene) -> None:
    page = await office.queue(office.saito)
    await page.add_init_script(f"({EARS})()")
    await page.reload()
    await page.wait_for_selector('[data-link="live"]')
    id = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    await expect(row(page, id)).to_be_attached()
    told = [{"title": "インシデント: なりすまし", "body": "吉田 千尋さん", "tag": id}]
    await until(lambda: page.evaluate("window.rung && window.told.length"))
    assert await page.evaluate("[window.rung, window.told]") == [1, told]

    quiet = await office.site.tell(office.office, office.saito, "GET", "account/notifications")
    hour = datetime.now(TOKYO).hour
    quiet |= {"quiet_from": f"{(hour - 1) % 24:02}:00", "quiet_to": f"{(hour + 2) % 24:02}:00"}
    await office.site.tell(office.office, office.saito, "PUT", "account/notifications", quiet)
    await page.reload()
    await page.wait_for_selector('[data-link="live"]')
    await page.get_by_role("button", name="通知").click()
    await expect(page.get_by_text("いまは知らせない時間です")).to_be_visible()
    later = await office.opens()
    await expect(row(page, later)).to_be_attached()
    assert await page.evaluate("[window.rung, window.told]") == [0, []]
    await page.get_by_role("button", name="試す").click()
    await until(lambda: page.evaluate("window.rung && window.told.length"))
    assert await page.evaluate("[window.rung, window.told.length]") == [1, 1]


async def test_who_works_on_another_page_is_called_too(office: Scene) -> None:
    page = await office.site.visitor()
    await office.site.visitors.known(page, await office.office.signed_in(office.saito))
    await page.add_init_script(f"({EARS})()")
    chosen: list[Route] = []  # how she wants to be called is known late
    await page.route("**/account/notifications", lambda route: chosen.append(route))
    told: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda one: told.append(one)))
    await page.goto(f"{office.site.hub.url}/members")
    await until(lambda: any("snapshot" in str(frame) for frame in told))
    await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    await expect(page.locator("[data-alarm]")).to_contain_text("なりすまし: 吉田 千尋さん")
    [asked] = chosen
    await asked.continue_()
    await until(lambda: page.evaluate("window.rung && window.told.length"))
    assert await page.evaluate("[window.rung, window.told.length]") == [1, 1]


async def test_the_page_is_readable_by_everybody_in_both_languages(
    office: Scene, unhurried: Callable[[Page], Awaitable[None]]
) -> None:
    id = await office.opens(IncidentKind.IMPERSONATION, GRAVE)
    page = await office.queue(office.saito)
    await expect(opened(page, id)).to_be_visible()
    assert await troubles(page) == []
    await page.keyboard.press("q")
    await expect(page.locator(".pictures img")).to_have_count(2)
    await unhurried(page)
    await page.keyboard.press("3")
    await expect(page.get_by_role("button", name="元に戻す")).to_be_visible()
    assert await troubles(page) == []
    await page.keyboard.press("u")
    await expect(page.get_by_text("判定を取り消しました")).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.get_by_role("button", name="一覧に戻る")).to_be_visible()
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not await page.evaluate(wide)
    await page.get_by_role("button", name="一覧に戻る").click()
    await expect(row(page, id)).to_be_visible()
    assert await troubles(page) == []
    await page.evaluate("localStorage.setItem('zaiseki.language', 'en')")
    await page.reload()
    await row(page, id).get_by_role("button").click()
    await expect(page.get_by_text("Choose what you open the images for")).to_be_visible()
    assert not await page.evaluate(wide)
    assert await troubles(page) == []


async def test_an_administrator_says_after_how_long_it_goes_up(office: Scene) -> None:
    boss = await office.office.boss("boss")
    page = await office.site.visitors.signed_in(boss, "/settings/incidents")
    minutes = page.get_by_label("待つ時間(分)")
    await expect(minutes).to_have_value("15")
    await minutes.fill("0")
    await expect(page.get_by_text("1から1440まで")).to_be_visible()
    await expect(page.get_by_role("button", name="保存")).to_be_disabled()
    await minutes.fill("5")
    await page.get_by_role("button", name="保存").click()

    async def is_saved() -> bool:
        told = await office.site.tell(office.office, office.saito, "GET", "escalation")
        return bool(told == {"after_min": 5})

    await until(is_saved)
    await expect(page.get_by_role("button", name="保存")).to_be_disabled()
    assert await troubles(page) == []
