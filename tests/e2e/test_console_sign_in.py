"""Coming in, in a browser: by invitation, code, passkey, the company's own account, and mail."""

import re
from base64 import b32decode
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from hub.access import Role
from hub.identity import second_factor
from storage.models.people import Session
from storage.people.members import Edit, edit_member, set_password
from tests.clock import until
from tests.e2e.site import Site, confirms, enter, is_in
from tests.hub.http.site import HASH, PASSWORD
from tests.hub.http.test_passkeys_in_a_browser import authenticator
from tests.hubs import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "新しい正しい馬の電池とホチキス"


async def invited(site: Site, office: Office, boss: int, member: int) -> str:
    """The link that an administrator hands over."""
    told = await site.tell(office, boss, "POST", f"members/{member}/invitation")
    return str(told["link"])


async def chooses(page: Page, password: str) -> None:
    await page.get_by_label("新しいパスワード").fill(password)
    await page.get_by_role("button", name="決定").click()


async def secret_of(page: Page) -> bytes:
    """What an authenticator app is told; the picture of it is one that a camera can read."""
    picture = page.get_by_role("img", name="認証アプリで読み取る二次元コード")
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    shown = await page.locator(".totp output").text_content()
    return b32decode("".join((shown or "").split()))


def code(secret: bytes) -> str:
    return second_factor.code_at(secret, datetime.now(UTC).timestamp())


@pytest.mark.requirement("R1")
async def test_an_invited_member_chooses_a_password_and_comes_in(site: Site) -> None:
    office = await site.hub.office("招く会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    page = await site.signed_in(office, boss, "/members")
    await page.get_by_role("button", name="利用者を招く").first.click()
    dialog = page.get_by_role("dialog", name="利用者を招く")
    await dialog.get_by_label("氏名").fill("長谷川アレクサンドラ美智子エリザベート")
    await dialog.get_by_label("ログインID").fill("hasegawa")
    await dialog.get_by_text("東京").click()
    await dialog.get_by_role("button", name="招く", exact=True).click()
    link = await page.get_by_role("status", name="招待リンク").text_content()
    assert link

    guest = await site.visitor()
    await guest.goto(link)
    await expect(guest.get_by_text("長谷川アレクサンドラ美智子エリザベートさん")).to_be_visible()
    await chooses(guest, NEW)
    await expect(guest.get_by_text("パスワードを設定しました")).to_be_visible()
    await enter(guest, office.at.tenant.system_id, "hasegawa", NEW)
    await is_in(guest)
    await expect(guest.get_by_role("link", name="設定")).to_have_count(0)
    await guest.goto(f"{site.hub.url}/members")
    await expect(guest.get_by_text("このページはありません")).to_be_visible()

    again = await site.visitor()
    await again.goto(link)
    await expect(again.get_by_text("このリンクは使えません")).to_be_visible()


@pytest.mark.requirement("R1")
async def test_an_invitation_that_went_astray_is_withdrawn(site: Site) -> None:
    office = await site.hub.office("取り消す会社")
    boss = await office.member("boss", Role.ADMINISTRATOR)
    mori, hata = await office.member("mori"), await office.member("hata")
    links = [await invited(site, office, boss, one) for one in (mori, hata)]
    page = await site.signed_in(office, boss, "/members/invitations")
    table = page.get_by_role("table", name="招待")
    await expect(table.get_by_text("さん")).to_have_count(2)
    await page.get_by_role("button", name="moriさんさんの招待を取り消す").click()
    await page.get_by_role("dialog").get_by_role("button", name="招待を取り消す").click()
    await expect(table.get_by_text("moriさん")).to_have_count(0)

    guest = await site.visitor()
    await guest.goto(links[0])
    await expect(guest.get_by_text("このリンクは使えません")).to_be_visible()
    await guest.goto(links[1])
    await chooses(guest, NEW)
    await expect(guest.get_by_text("パスワードを設定しました")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("返事を待っている招待はありません")).to_be_visible()


@pytest.mark.requirement("R49")
async def test_a_member_sets_up_an_authenticator_and_is_asked_for_its_code(site: Site) -> None:
    office = await site.hub.office("認証アプリの会社")
    mori = await site.person(office, "mori")
    page = await site.signed_in(office, mori, "/own/security")
    async with site.hub.engine.begin() as conn:
        at = datetime.now(UTC) - timedelta(hours=1)
        mine = update(Session).where(Session.member_id == mori)
        await conn.execute(mine.values(confirmed_at=at))
    await page.get_by_role("button", name="認証アプリを設定する").click()
    await confirms(page)
    dialog = page.get_by_role("dialog", name="認証アプリを設定する")
    secret = await secret_of(page)
    await dialog.get_by_label("アプリに出たコード").fill(code(secret))
    await dialog.get_by_role("button", name="確認して有効にする").click()
    codes = page.get_by_role("list", name="回復コード").get_by_role("listitem")
    await expect(codes).to_have_count(10)
    recovery = await codes.first.text_content()
    await page.get_by_role("button", name="控えました").click()
    await expect(page.get_by_text("使える回復コード: 10個")).to_be_visible()

    await page.get_by_role("button", name="メニュー").click()
    await page.get_by_role("menuitem", name="サインアウト").click()
    await enter(page, office.at.tenant.system_id, "mori")
    await page.get_by_label("確認コード").fill("000000")
    await page.get_by_role("button", name="サインイン", exact=True).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_role("button", name="回復コードを使う").click()
    await page.get_by_label("回復コード").fill(recovery or "")
    await page.get_by_role("button", name="サインイン", exact=True).click()
    await is_in(page)


@pytest.mark.requirement("R49")
async def test_where_a_second_factor_is_required_it_is_set_up_before_anything_else(
    site: Site,
) -> None:
    office = await site.hub.office("厳しい会社")
    await site.person(office, "boss", Role.ADMINISTRATOR)
    await site.person(office, "mori")
    page = await site.visitor()
    await page.goto(site.hub.url)
    await enter(page, office.at.tenant.system_id, "boss")
    await is_in(page)
    await page.goto(f"{site.hub.url}/settings/sign-in")
    required = page.get_by_label("全員に2段階認証を求める")
    await required.click()
    await expect(required).to_be_checked()

    worker = await site.visitor()
    await worker.goto(site.hub.url)
    await enter(worker, office.at.tenant.system_id, "mori")
    await expect(worker.get_by_role("heading", name="2段階認証の設定")).to_be_visible()
    secret = await secret_of(worker)
    await worker.get_by_label("アプリに出たコード").fill(code(secret))
    await worker.get_by_role("button", name="確認して有効にする").click()
    await expect(worker.get_by_role("listitem")).to_have_count(10)
    await worker.get_by_role("button", name="控えました").click()
    await is_in(worker)


@pytest.mark.requirement("R49")
async def test_a_password_that_somebody_else_knows_is_changed_first(site: Site) -> None:
    office = await site.hub.office("渡した会社")
    mori = await site.person(office, "mori")
    async with site.hub.engine.begin() as conn:
        now = datetime.now(UTC)
        await set_password(conn, office.id, mori, HASH, now, must_change=True)
    page = await site.visitor()
    await page.goto(site.hub.url)
    await enter(page, office.at.tenant.system_id, "mori")
    await expect(page.get_by_role("heading", name="パスワードの変更")).to_be_visible()
    await chooses(page, PASSWORD)
    await expect(page.get_by_role("alert")).to_be_visible()
    await chooses(page, NEW)
    await is_in(page)


@pytest.mark.requirement("R49")
async def test_a_passkey_made_in_the_console_opens_it_without_a_password(site: Site) -> None:
    office = await site.hub.office("パスキーの会社")
    await site.person(office, "mori")
    page = await site.visitor()
    await authenticator(page, verifies=True)
    here = f"http://localhost:{site.hub.port}"
    await page.goto(here)
    await enter(page, office.at.tenant.system_id, "mori")
    await is_in(page)
    await page.goto(f"{here}/own/security")
    await page.get_by_role("button", name="パスキーを加える").click()
    await page.get_by_role("dialog").get_by_label("名前").fill("会社のノートPC")
    await page.get_by_role("dialog").get_by_role("button", name="次へ").click()
    await expect(page.get_by_text("会社のノートPC")).to_be_visible()

    await page.get_by_role("button", name="メニュー").click()
    await page.get_by_role("menuitem", name="サインアウト").click()
    await page.get_by_role("button", name="パスキーでサインイン").click()
    await is_in(page)
    await page.goto(f"{here}/own/security")
    await page.get_by_role("button", name="会社のノートPCを外す").click()
    await page.get_by_role("dialog").get_by_role("button", name="外す").click()
    await expect(page.get_by_text("会社のノートPC")).to_have_count(0)


@pytest.mark.requirement("R49")
async def test_the_company_s_own_account_opens_the_console(site: Site) -> None:
    office = await site.hub.office("自前の会社")
    await site.person(office, "boss", Role.ADMINISTRATOR)
    mori = await office.member("mori")
    async with site.hub.engine.begin() as conn:
        await edit_member(conn, office.id, mori, Edit(email="sato@example.jp"))
    page = await site.visitor()
    await page.goto(site.hub.url)
    await enter(page, office.at.tenant.system_id, "boss")
    await is_in(page)
    await page.goto(f"{site.hub.url}/settings/sign-in")
    name, secret = site.provider.client
    await page.get_by_label("ボタンに出す名前").fill("社員証")
    await page.get_by_label("発行者").fill(site.provider.issuer)
    await page.get_by_label("クライアントID").fill(name)
    await page.get_by_label("クライアントシークレット").fill(secret)
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("button", name="会社のサインインをやめる")).to_be_visible()

    guest = await site.visitor()
    await guest.goto(site.hub.url)
    await guest.get_by_role("button", name="システムIDを指定する").click()
    await guest.get_by_label("システムID").fill(office.at.tenant.system_id)
    await guest.get_by_role("link", name="社員証でサインイン").click()
    await is_in(guest)
    await expect(guest.get_by_role("button", name="moriさんのメニュー")).to_be_visible()


@pytest.mark.requirement("R49")
async def test_a_forgotten_password_is_reset_by_mail(site: Site) -> None:
    office = await site.hub.office("忘れた会社")
    mori = await site.person(office, "mori")
    async with site.hub.engine.begin() as conn:
        await edit_member(conn, office.id, mori, Edit(email="mori@example.jp"))
    page = await site.visitor()
    await page.goto(site.hub.url)
    await page.get_by_role("link", name="パスワードを忘れた").click()
    await page.get_by_label("システムID").fill(office.at.tenant.system_id)
    await page.get_by_label("ログインID").fill("mori")
    await page.get_by_role("button", name="リンクを送る").click()
    await expect(page.get_by_text("再設定のリンクを送りました")).to_be_visible()
    mails = site.mailbox.mails
    await until(lambda: any("mori@" in one["To"] for one in mails))
    (mail,) = [one for one in mails if "mori@" in one["To"]]
    (link,) = re.findall(r"https?://\S+/reset\?token=\S+", mail.get_content())
    await page.goto(link)
    await chooses(page, NEW)
    await enter(page, office.at.tenant.system_id, "mori", NEW)
    await is_in(page)
