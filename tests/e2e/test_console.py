"""The console in a browser, on a real hub: people, PCs, tokens, the log, tenants; keys and axe."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import expect

from hub.access import Role
from storage.people.tenants import create_tenant
from tests.clock import until
from tests.e2e.site import Site, enter, is_in
from tests.hub.http.site import HASH
from tests.record import person

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = "ログイン,名前,権限\nhata,秦 結衣,本人\n"
# As quick as hands can be: the key comes before the layer has taken the focus.
OPENED_AND_LEFT = """() => new Promise((left) => {
  const escape = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
  new MutationObserver((_, watch) => {
    if (!document.querySelector("[role=dialog]")) return;
    watch.disconnect();
    document.activeElement.dispatchEvent(escape);
    left();
  }).observe(document.body, { childList: true, subtree: true });
  document.activeElement.click();
})"""
BAD = GOOD + "hata,同じ 人,本人\n,名無し,本人\nkimura,木村 楓,大臣\n"


@pytest.mark.requirement("R1")
async def test_a_csv_file_names_each_bad_row_and_changes_nothing_before_it_is_good(
    site: Site, tmp_path: Path
) -> None:
    office = await site.hub.office("取り込みの会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    page = await site.signed_in(office, boss, "/members")
    await page.get_by_role("button", name="CSVで取り込む").first.click()
    dialog = page.get_by_role("dialog", name="CSVで取り込む")
    for name, text in (("bad", BAD), ("good", GOOD)):
        (tmp_path / name).write_text(text)
    file = dialog.get_by_label("CSVファイル")
    await file.set_input_files(tmp_path / "bad")
    await expect(dialog.get_by_text("3か所を直してください")).to_be_visible()
    await expect(dialog.get_by_role("row")).to_have_count(4)
    await expect(dialog.get_by_role("button", name="取り込む")).to_be_disabled()
    await file.set_input_files(tmp_path / "good")
    await dialog.get_by_role("button", name="1人を取り込む").click()
    await expect(dialog.get_by_text("取り込みました。追加 1人")).to_be_visible()
    await dialog.get_by_role("button", name="閉じる").last.click()
    await expect(page.get_by_role("button", name="秦 結衣")).to_be_visible()


@pytest.mark.requirement("R13")
async def test_with_whom_status_is_shared_is_saved_and_in_force_on_a_workers_board(
    site: Site,
) -> None:
    office = await site.hub.office("共有の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori = await office.member("mori")
    await office.member("hata")
    board = await site.signed_in(office, mori)
    await expect(board.get_by_text("moriさん").first).to_be_visible()
    await expect(board.get_by_text("hataさん")).to_have_count(0)
    page = await site.signed_in(office, boss, "/settings")
    shared = page.get_by_label("同僚に見せる範囲")
    await expect(shared).to_have_value("groups")
    save = page.get_by_role("button", name="保存")
    await expect(save).to_be_disabled()
    await shared.select_option("everybody")
    await save.click()
    await expect(save).to_be_disabled()
    await expect(board.get_by_text("hataさん").first).to_be_visible()
    await page.reload()
    await expect(shared).to_have_value("everybody")
    await expect(save).to_be_disabled()


@pytest.mark.requirement("R76")
async def test_a_member_who_is_stopped_is_out_of_their_browser(site: Site) -> None:
    office = await site.hub.office("止める会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori = await office.member("mori")
    own = await site.signed_in(office, mori, "/own")
    await is_in(own)
    page = await site.signed_in(office, boss, "/members")
    await page.get_by_label("探す").fill("誰でもない")
    await expect(page.get_by_text("条件に合う利用者はいません")).to_be_visible()
    await page.get_by_label("探す").fill("mori")
    await page.get_by_role("button", name="moriさん").click()
    panel = page.get_by_role("dialog", name="moriさん")
    await panel.get_by_role("button", name="停止する").click()
    await page.get_by_role("button", name="停止する").last.click()
    await expect(panel.get_by_role("button", name="再開する")).to_be_visible()
    await own.goto(f"{site.hub.url}/own")
    await expect(own.get_by_role("heading", name="サインイン")).to_be_visible()


@pytest.mark.requirement("R61")
async def test_a_worker_confirms_the_code_that_their_pc_shows(site: Site) -> None:
    office = await site.hub.office("つなぐ会社")
    mori = await office.member("mori")
    async with httpx2.AsyncClient(base_url=site.hub.url, trust_env=False) as pc:
        asked = (
            await pc.post(
                "/api/v1/pairing/device_authorization",
                data={"client_id": "zaiseki-agent", "name": "SALES-PC-0231"},
            )
        ).json()
        page = await site.signed_in(office, mori, "/pair")
        await page.get_by_label("コード").fill(asked["user_code"].lower().replace("-", " "))
        await page.get_by_role("button", name="次へ").click()
        await expect(page.get_by_label("端末名")).to_have_value("SALES-PC-0231")
        await page.get_by_label("端末名").fill("営業のノートPC")
        await page.get_by_role("button", name="つなぐ", exact=True).click()
        await expect(page.get_by_text("つなぎました")).to_be_visible()
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": asked["device_code"],
        }
        told = await pc.post("/api/v1/pairing/token", data=form)
        assert told.json()["access_token"]
    await page.get_by_role("link", name="自分の端末").click()
    await expect(page.get_by_text("営業のノートPC")).to_be_visible()
    await page.goto(f"{site.hub.url}/pair?code={asked['user_code']}")
    await expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.requirement("R21")
async def test_the_log_is_filtered_and_what_is_shown_is_what_is_exported(
    site: Site, tmp_path: Path
) -> None:
    office = await site.hub.office("記録の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori = await office.member("mori")
    await site.tell(office, boss, "POST", f"members/{mori}/disable")
    await site.tell(office, boss, "POST", "groups", {"name": "大阪", "parent": None})
    page = await site.signed_in(office, boss, "/log")
    table = page.get_by_role("table", name="記録")
    await expect(table.get_by_text("グループの追加")).to_be_visible()
    await page.get_by_label("出来事").select_option("利用者の停止")
    await expect(table.get_by_text("グループの追加")).to_have_count(0)
    await expect(table.get_by_role("row")).to_have_count(2)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="CSV").click()
    download = await coming.value
    file = tmp_path / "log.csv"
    await download.save_as(file)
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    assert len(rows) == 2
    assert "member.disabled" in rows[1]


@pytest.mark.requirement("R63")
async def test_a_token_of_another_system_is_told_once_and_ends_when_it_is_revoked(
    site: Site,
) -> None:
    office = await site.hub.office("連携の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    page = await site.signed_in(office, boss, "/settings/tokens")
    await page.get_by_role("button", name="トークンを発行する").click()
    dialog = page.get_by_role("dialog", name="トークンを発行する")
    await dialog.get_by_label("名前").fill("勤怠システム")
    await dialog.get_by_label("利用者を読む").check()
    await dialog.get_by_role("button", name="発行する").click()
    token = await dialog.get_by_role("status", name="APIトークン").text_content()
    await dialog.get_by_role("button", name="閉じる").last.click()
    async with httpx2.AsyncClient(base_url=site.hub.url, trust_env=False) as system:
        headers = {"authorization": f"Bearer {token}"}
        assert (await system.get("/api/v1/members", headers=headers)).status_code == 200
        await page.get_by_role("button", name="勤怠システムを無効にする").click()
        await page.get_by_role("dialog").get_by_role("button", name="無効にする").click()
        await expect(page.get_by_role("cell", name="無効", exact=True)).to_be_visible()
        assert (await system.get("/api/v1/members", headers=headers)).status_code == 401


@pytest.mark.requirement("R26", "R76")
async def test_the_operator_adds_a_company_and_stops_it(site: Site) -> None:
    async with site.hub.engine.begin() as conn:
        home = await create_tenant(conn, "運用", datetime.now(UTC), operators=True)
        await person(conn, home.id, "op", Role.OPERATOR, password_hash=HASH)
    page = await site.visitor()
    await page.goto(site.hub.url)
    await enter(page, home.system_id, "op")
    await page.get_by_role("button", name="契約先を加える").click()
    dialog = page.get_by_role("dialog", name="契約先を加える")
    await dialog.get_by_label("会社名").fill("株式会社ひかり電算")
    await dialog.get_by_label("最初の管理者の氏名").fill("光 一郎")
    await dialog.get_by_label("管理者のログインID").fill("hikari")
    await dialog.get_by_role("button", name="加える").click()
    password = await dialog.get_by_role("status", name="最初のパスワード").text_content()
    await dialog.get_by_role("button", name="閉じる").last.click()
    row = page.get_by_role("row", name="ひかり電算")
    system_id = await row.locator(".code").text_content()

    guest = await site.visitor()
    await guest.goto(site.hub.url)
    await enter(guest, system_id or "", "hikari", password or "")
    await expect(guest.get_by_role("heading", name="パスワードの変更")).to_be_visible()

    await page.get_by_role("button", name="ひかり電算").click()
    panel = page.get_by_role("dialog", name="ひかり電算")
    await panel.get_by_label("状態").select_option("停止中")
    await panel.get_by_label("理由").fill("契約の見直し")
    await panel.get_by_role("button", name="状態を変える").click()
    await expect(row).to_contain_text("停止中")
    await guest.reload()
    await enter(guest, system_id or "", "hikari", password or "")
    await expect(guest.get_by_role("alert")).to_be_visible()


async def test_a_phone_shows_every_act_of_a_row_without_scrolling_sideways(site: Site) -> None:
    office = await site.hub.office("電話の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    await office.device(boss, "大阪本社14階開発フロア共用ワークステーション")
    await site.tell(office, boss, "POST", f"members/{boss}/invitation")
    page = await site.signed_in(office, boss, "/members/devices")
    await page.set_viewport_size({"width": 390, "height": 844})
    for path, act in (("devices", "無効にする"), ("invitations", "取り消す")):
        await page.goto(f"{site.hub.url}/members/{path}")
        await expect(page.get_by_role("button", name=act)).to_be_in_viewport(ratio=1)
        assert await page.locator(".sheet").evaluate("at => at.scrollWidth <= at.clientWidth")


async def test_a_row_is_reached_and_opened_by_keys_alone(site: Site) -> None:
    office = await site.hub.office("鍵盤の会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    for number in range(40):
        await office.member(f"worker{number:02}")
    page = await site.signed_in(office, boss, "/members")
    await page.get_by_role("table").get_by_role("button", name="bossさん").focus()
    for _ in range(30):
        await page.keyboard.press("ArrowDown")
    focused = "worker29さん"
    await expect(page.get_by_role("button", name=focused)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name=focused)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name=focused)).to_be_focused()
    await page.keyboard.press("/")
    await page.keyboard.type("worker07")
    await expect(page.get_by_text("worker07さん")).to_be_visible()
    await expect(page.get_by_text("worker08さん")).to_have_count(0)


@pytest.mark.parametrize("name", ["CSVで取り込む", "workerさん"])
async def test_who_closes_what_they_opened_is_where_they_were(site: Site, name: str) -> None:
    office = await site.hub.office("取り消しの会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    await office.member("worker")
    page = await site.signed_in(office, boss, "/members")
    opens = page.get_by_role("button", name=name)
    layer = page.get_by_role("dialog")

    await opens.focus()
    await page.keyboard.press("Enter")
    await expect(layer).to_be_visible()
    await until(lambda: layer.evaluate("one => one.contains(document.activeElement)"))
    await page.keyboard.press("Escape")
    await expect(layer).to_have_count(0)
    await expect(opens).to_be_focused()

    await page.evaluate(OPENED_AND_LEFT)
    await expect(layer).to_have_count(0)
    await expect(opens).to_be_focused()
