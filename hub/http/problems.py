"""What can be wrong with a request (RFC 9457), in Japanese and English."""

from dataclasses import dataclass

from msgspec import Struct

MEDIA_TYPE = "application/problem+json"
LOCALES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Kind:
    """One problem type. A detail may name what the problem was raised with, as `{what}`."""

    name: str
    status: int
    title_ja: str
    title_en: str
    detail_ja: str
    detail_en: str

    @property
    def type(self) -> str:
        return f"/problems/{self.name}"

    def title(self, locale: str) -> str:
        return self.title_en if locale == "en" else self.title_ja

    def detail(self, locale: str) -> str:
        return self.detail_en if locale == "en" else self.detail_ja


class ProblemDocument(Struct, frozen=True, omit_defaults=True):
    """Why a request was refused: `type` and `reason` are stable, `title` and `detail` are to read.

    `status` repeats the HTTP status; `reason` tells apart what a machine may want to tell apart.
    `instance` is the number by which the log knows a mistake of the hub. `error` is what OAuth
    calls it, where a program polls for a token (RFC 6749 5.2).
    """

    type: str
    title: str
    status: int
    detail: str
    reason: str | None = None
    instance: str | None = None
    error: str | None = None


class Problem(Exception):
    """Raised anywhere below an operation; becomes the answer in one place."""

    def __init__(
        self,
        kind: Kind,
        *,
        what: str = "",
        reason: str | None = None,
        detail: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(kind.name, what)
        self.kind = kind
        self.what = what
        self.reason = reason
        self.details = detail or (kind.detail_ja, kind.detail_en)
        self.headers = headers or {}

    def document(self, locale: str, instance: str | None = None) -> ProblemDocument:
        detail = self.details[locale == "en"]
        return ProblemDocument(
            type=self.kind.type,
            title=self.kind.title(locale),
            status=self.kind.status,
            detail=detail.format(what=self.what),
            reason=self.reason,
            instance=instance,
            error=self.reason if self.kind is NOT_PAIRED else None,
        )


NOT_JSON = Kind(
    "not-json", 400,
    "JSON ではありません", "Not JSON",
    "本文を JSON として読めません({what})。",
    "The body cannot be read as JSON ({what}).",
)  # fmt: skip
INVALID = Kind(
    "invalid", 422,
    "入力が正しくありません", "Invalid input",
    "入力を確認してください: {what}",
    "Please check the input: {what}",
)  # fmt: skip
NOT_SIGNED_IN = Kind(
    "not-signed-in", 401,
    "サインインしていません", "Not signed in",
    "サインインしてからもう一度お試しください。",
    "Sign in, then try again.",
)  # fmt: skip
WRONG_PASSWORD = Kind(
    "wrong-password", 401,
    "サインインできません", "Cannot sign in",
    "ログイン名またはパスワードが違います。忘れた場合は管理者に再設定を依頼してください。",
    "The login or the password is wrong. If you forgot it, ask an administrator for a new one.",
)  # fmt: skip
TOO_MANY_ATTEMPTS = Kind(
    "too-many-attempts", 429,
    "試行回数が多すぎます", "Too many attempts",
    "パスワードの誤りが続いたため、{what} 秒後にもう一度お試しください。",
    "There were too many wrong passwords. Try again in {what} seconds.",
)  # fmt: skip
SYSTEM_ID_NEEDED = Kind(
    "system-id-needed", 422,
    "システムIDが必要です", "System ID needed",
    "複数の契約があるため、システムIDも入力してください。",
    "There are several tenants here: enter your system ID too.",
)  # fmt: skip
FOREIGN_ORIGIN = Kind(
    "foreign-origin", 403,
    "別のサイトからの操作です", "Request from another site",
    "この操作は {what} の画面からのみ行えます。"
    "中継サーバーを使う場合は ZAISEKI_TRUSTED_PROXIES に設定し、Host と X-Forwarded-Proto を"
    "渡してください。",
    "This is only possible from the pages of {what}. "
    "A proxy in between must pass Host and X-Forwarded-Proto on, and be named in "
    "ZAISEKI_TRUSTED_PROXIES.",
)  # fmt: skip
NOT_ALLOWED = Kind(
    "not-allowed", 403,
    "権限がありません", "Not allowed",
    "この操作をする権限がありません。必要な場合は管理者に依頼してください。",
    "You have no right to do this. If you need it, ask an administrator.",
)  # fmt: skip
NOT_FOUND = Kind(
    "not-found", 404,
    "見つかりません", "Not found",
    "指定されたものはありません。アドレスを確認してください。",
    "There is no such thing. Check the address.",
)  # fmt: skip
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed", 405,
    "この操作はできません", "Method not allowed",
    "ここで使えるのは {what} です。",
    "What works here is {what}.",
)  # fmt: skip
NOT_ACCEPTABLE = Kind(
    "not-acceptable", 406,
    "その形式では返せません", "Not in that form",
    "ここで返せる形式は {what} です。Accept を見直してください。",
    "What is answered here is {what}. Check the Accept header.",
)  # fmt: skip
UNSUPPORTED_MEDIA = Kind(
    "unsupported-media-type", 415,
    "この形式の本文は受け取れません", "This kind of body is not taken",
    "本文は {what} で送り、Content-Type でそのことを示してください。",
    "Send the body as {what}, and say so with Content-Type.",
)  # fmt: skip
CHANGED_MEANWHILE = Kind(
    "changed-meanwhile", 412,
    "その間に変更されています", "It has changed meanwhile",
    "開いたあとに、ほかの人が変更しました。今の内容を読み直してから、もう一度変更してください。",
    "Somebody else has changed it since you opened it. Read it again, then make your change.",
)  # fmt: skip
BEING_CHANGED = Kind(
    "being-changed", 409,
    "いま変更中です", "It is being changed",
    "ほかの人がいま変更しています。少し待ってからもう一度お試しください。",
    "Somebody else is changing it right now. Wait a moment, then try again.",
)  # fmt: skip
KEY_REUSED = Kind(
    "idempotency-key-reused", 422,
    "別の内容で使われたキーです", "The key was used for something else",
    "この Idempotency-Key は別の内容のリクエストで使われました。新しいキーにしてください。",
    "This Idempotency-Key came with another request before. Choose a new one.",
)  # fmt: skip
KEY_IN_USE = Kind(
    "idempotency-key-in-use", 409,
    "同じキーの処理が終わっていません", "The first request is not done",
    "同じ Idempotency-Key のリクエストが処理中か、結果がわかりません。reason が in_flight なら"
    "待って再送し、unknown なら結果を確かめてから新しいキーで送ってください。",
    "A request with this Idempotency-Key is not done, or nobody knows what became of it. If the "
    "reason is in_flight, wait and repeat; if unknown, look what is there, then use a new key.",
)  # fmt: skip
UPGRADE_NEEDED = Kind(
    "upgrade-needed", 426,
    "別の版のプロトコルです", "Another protocol",
    "ハブとクライアントのプロトコルの版が違います({what})。古い方を更新してください。",
    "The hub and the client speak different protocols ({what}). Update the older of the two.",
)  # fmt: skip
TAKEN = Kind(
    "taken", 409,
    "すでに使われています", "Already taken",
    "「{what}」はすでに使われています。別の名前にしてください。",
    "There is a “{what}” already. Choose another name.",
)  # fmt: skip
PUNCH_REFUSED = Kind(
    "punch-refused", 409,
    "打刻できません", "The punch does not fit",
    "いまの勤務状況ではこの打刻はできません。",
    "This punch does not fit where you stand now.",
)  # fmt: skip
SETUP_LINK_USED = Kind(
    "setup-link-used", 410,
    "このリンクは使えません", "This link does not work any more",
    "初期設定のリンクは一度だけ、24時間以内に使えます。設定がまだの場合は zaiseki up を再起動し、"
    "表示された新しいリンクを開いてください。",
    "A set-up link works once and for 24 hours. If nothing is set up yet, restart zaiseki up and "
    "open the new link that it prints.",
)  # fmt: skip
TOO_LARGE = Kind(
    "too-large", 413,
    "大きすぎます", "Too large",
    "本文は {what} バイトまでです。",
    "A body may have at most {what} bytes.",
)  # fmt: skip
IMAGE_REFUSED = Kind(
    "image-refused", 422,
    "画像を受け付けられません", "The image is refused",
    "この画像は保存できません({what})。",
    "This image cannot be kept: {what}.",
)  # fmt: skip
IMAGE_LATER = Kind(
    "image-later", 503,
    "画像を確認できません", "The image cannot be looked at now",
    "いまは画像を確認する余裕がありません。捨てずに、しばらくしてからもう一度送ってください。",
    "The hub has no time to look at the image now. Keep it and send it again in a moment.",
)  # fmt: skip
PURPOSE_NEEDED = Kind(
    "purpose-needed", 403,
    "閲覧の目的が必要です", "A purpose is needed",
    "画像を開くには閲覧の目的を選んでください。閲覧は本人に表示されます。",
    "Choose what you open the image for. The member sees that you did.",
)  # fmt: skip
NO_IMAGE = Kind(
    "no-image", 410,
    "画像はありません", "There is no image",
    "この画像はありません(状態: {what})。",
    "This image is not here (state: {what}).",
)  # fmt: skip
IMAGE_STAYS = Kind(
    "image-stays", 409,
    "画像は消せません", "The image stays",
    "この画像は消せません。",
    "This image cannot be taken away.",
)  # fmt: skip
VERDICT_STANDS = Kind(
    "verdict-stands", 409,
    "判定は取り消せません", "The verdict stands",
    "判定を取り消せるのは、本人が10秒以内に限ります。改めて判定してください。",
    "A verdict can be taken back within ten seconds by whoever gave it. Give another one.",
)  # fmt: skip
WEAK_PASSWORD = Kind(
    "weak-password", 422,
    "パスワードが弱すぎます", "The password is too weak",
    "パスワードは12文字以上128文字以下とし、ログイン名や同じ文字の繰り返しを避けてください。",
    "A password has 12 to 128 letters, does not contain the login and does not repeat a few "
    "letters.",
)  # fmt: skip
COMMON_PASSWORD = (
    "このパスワードは多くの人が使っていて、最初に試されます。別のパスワードにしてください。",
    "Many people use this password, so it is tried first. Choose another one.",
)
UNREADABLE = Kind(
    "unreadable", 409,
    "読み出せません", "It cannot be read",
    "保存されているものが、保存したときのものではありません。改ざんの疑いがあるため、管理者にお知らせください。",
    "What is stored is not what was put there. It may have been tampered with: "
    "please tell your administrator.",
)  # fmt: skip
KEYS_DESTROYED = Kind(
    "keys-destroyed", 410,
    "鍵は廃棄されました", "The keys were destroyed",
    "このテナントの暗号鍵は廃棄されたため、保存されているものは二度と読み出せません。",
    "The keys of this tenant were destroyed: nothing that is stored can ever be read again.",
)  # fmt: skip
CROWDED = Kind(
    "crowded", 503,
    "混み合っています", "Crowded",
    "サインインが集中しています。数秒後にもう一度お試しください。",
    "Many people are signing in right now. Try again in a few seconds.",
)  # fmt: skip
UNAVAILABLE = Kind(
    "unavailable", 503,
    "一時的に利用できません", "Not available for the moment",
    "データベースに接続できません。しばらくしてからもう一度お試しください。",
    "The hub cannot reach its database. Try again in a moment.",
)  # fmt: skip
NO_BROKER = (
    "在席の中継(Redis / Valkey)に接続できません。しばらくしてからもう一度お試しください。",
    "The hub cannot reach its broker (Redis or Valkey). Try again in a moment.",
)
NO_VAULT = (
    "画像の保管場所に読み書きできません。しばらくしてからもう一度お試しください。続く場合は、管理者が空き容量と"
    "接続先を確認してください(zaiseki doctor)。",
    "The hub cannot read or write where images are kept. Try again in a moment; if it stays, an "
    "administrator checks the room on the disk and the store's address (zaiseki doctor).",
)
NO_MASTER = (
    "暗号鍵を開けません。管理者がマスター鍵の設定を確認してください(zaiseki doctor)。",
    "The hub cannot open its keys. An administrator checks where the master key is (zaiseki "
    "doctor).",
)
INCOMPLETE = Kind(
    "incomplete", 500,
    "導入が完全ではありません", "The installation is not complete",
    "{what} がないか、壊れています。zaiseki を入れ直してください。開発用のチェックアウトでは "
    "python -m scripts.build_licenses を実行してください。",
    "{what} is missing or damaged. Install zaiseki again; in a checkout run "
    "python -m scripts.build_licenses.",
)  # fmt: skip
BROKEN = Kind(
    "broken", 500,
    "処理に失敗しました", "Something broke",
    "サーバーで予期しない誤りが起きました。次の番号を添えて管理者にお知らせください: {what}",
    "The hub made a mistake. Please tell your administrator this number: {what}",
)  # fmt: skip

TOO_MANY_REQUESTS = Kind(
    "too-many-requests", 429,
    "リクエストが多すぎます", "Too many requests",
    "リクエストが多すぎます。{what} 秒後にもう一度お試しください。",
    "There were too many requests. Try again in {what} seconds.",
)  # fmt: skip
TOO_SLOW = Kind(
    "too-slow", 408,
    "時間内に届きませんでした", "Too slow",
    "本文が {what} 秒以内に届きませんでした。接続を確認してもう一度お試しください。",
    "The body did not arrive within {what} seconds. Check the connection and try again.",
)  # fmt: skip
NOT_ENCRYPTED = Kind(
    "not-encrypted", 403,
    "暗号化されていない接続です", "Not encrypted",
    "https で接続してください。中継サーバーがあるのにこの表示が出る場合は、管理者がそのアドレスを "
    "ZAISEKI_TRUSTED_PROXIES に設定し、X-Forwarded-Proto を渡す必要があります。",
    "Connect by https. If a proxy serves you, an administrator has to name its address in "
    "ZAISEKI_TRUSTED_PROXIES and let it pass X-Forwarded-Proto on.",
)  # fmt: skip

SEATS_TAKEN = Kind(
    "seats-taken", 409,
    "契約アカウント数の上限です", "All seats are taken",
    "契約アカウント数({what})に達しています。使わないアカウントを無効にするか、契約を変更してください。",
    "All {what} seats of the contract are taken. Disable an account that is not used, or change "
    "the contract.",
)  # fmt: skip
LAST_ADMINISTRATOR = Kind(
    "last-administrator", 409,
    "管理する人がいなくなります", "Nobody would be left to manage",
    "この変更をすると、利用者を管理できる人がいなくなります。先に別の人を管理者にしてください。",
    "After this nobody could manage the members. Appoint another administrator first.",
)  # fmt: skip
OWN_ACCOUNT = Kind(
    "own-account", 409,
    "自分の権限は変えられません", "Not on your own account",
    "自分の権限や有効・無効は変えられません。別の管理者に依頼してください。",
    "Nobody changes their own role or access. Ask another administrator.",
)  # fmt: skip
OTHER_HOME = Kind(
    "other-home", 409,
    "この権限はここでは使えません", "This role has no place here",
    "運用者は運用者専用のテナントにのみ、ほかの権限はそれ以外のテナントにのみ登録できます。",
    "Operators are members of the operators' own tenant only, and nobody else is.",
)  # fmt: skip
GROUP_RING = Kind(
    "group-ring", 409,
    "そこへは移せません", "It cannot be moved there",
    "グループを、自分自身やその下のグループの下に移すことはできません。",
    "A group cannot be put below itself or a group under it.",
)  # fmt: skip
GROUP_NOT_EMPTY = Kind(
    "group-not-empty", 409,
    "グループが空ではありません", "The group is not empty",
    "所属する人や下のグループがあります。先に移してください。",
    "There are members in it or groups below it. Move them first.",
)  # fmt: skip
TENANT_CLOSED = Kind(
    "tenant-closed", 403,
    "利用停止中です", "This contract is not open",
    "この契約は利用を停止しているか、終了しています。契約担当者にお問い合わせください。",
    "This contract is suspended or has ended. Ask whoever is in charge of it.",
)  # fmt: skip

STEP_EXPIRED = Kind(
    "step-expired", 410,
    "サインインをやり直してください", "Sign in again",
    "このサインインの手順は期限切れか、すでに使われています。最初からやり直してください。",
    "This step of the sign-in is over or was used. Begin again with your login.",
)  # fmt: skip
WRONG_CODE = Kind(
    "wrong-code", 401,
    "確認コードが違います", "Wrong code",
    "確認コードが違うか、すでに使われています。認証アプリの次のコードを入力してください。",
    "The code is wrong or was used already. Enter the next code that your app shows.",
)  # fmt: skip
PASSKEY_REFUSED = Kind(
    "passkey-refused", 401,
    "パスキーを確認できません", "The passkey is refused",
    "このパスキーでは確認できませんでした。もう一度試すか、別の方法でサインインしてください。",
    "This passkey could not be verified. Try again, or sign in another way.",
)  # fmt: skip
PASSKEYS_NEED_A_NAME = Kind(
    "passkeys-need-a-name", 409,
    "パスキーを使えません", "Passkeys cannot be used here",
    "パスキーには {what} のアドレスで接続してください。IP アドレスでは使えません。",
    "Connect to {what} to use passkeys: they do not work with the number of a machine.",
)  # fmt: skip
SAME_PASSWORD = Kind(
    "same-password", 422,
    "同じパスワードです", "The same password",
    "いまのパスワードとは別のものにしてください。",
    "Choose another password than the one you have.",
)  # fmt: skip
MAIL_NOT_SET_UP = Kind(
    "mail-not-set-up", 409,
    "メールを送れません", "No mail is sent from here",
    "このサーバーはメールを送る設定になっていません。管理者に再設定を依頼してください。",
    "This hub is not set up to send mail. Ask an administrator for a new password.",
)  # fmt: skip
LINK_USED = Kind(
    "link-used", 410,
    "このリンクは使えません", "This link does not work any more",
    "リンクは一度だけ、期限内に使えます。もう一度送ってもらってください。",
    "A link works once and for a limited time. Ask for another one.",
)  # fmt: skip
CONFIRMATION_NEEDED = Kind(
    "confirmation-needed", 403,
    "本人確認が必要です", "Please confirm that it is you",
    "この操作の前に、パスワードまたは確認コードをもう一度入力してください。",
    "Enter your password or a code again before you do this.",
)  # fmt: skip
SECOND_FACTOR_REQUIRED = Kind(
    "second-factor-required", 409,
    "二要素認証が必須です", "A second factor is required",
    "この契約では二要素認証が必須です。別の方法を登録してから削除してください。",
    "Your company requires a second factor: add another one before you remove the last.",
)  # fmt: skip
ALREADY_SET_UP = Kind(
    "already-set-up", 409,
    "すでに設定されています", "Set up already",
    "認証アプリはすでに登録されています。変更するには先に削除してください。",
    "An authenticator app is set up already. Remove it first to use another.",
)  # fmt: skip
OIDC_UNREACHABLE = Kind(
    "oidc-unreachable", 422,
    "認証プロバイダーを使えません", "The provider cannot be used",
    "認証プロバイダーを確認できません: {what}",
    "The provider could not be checked: {what}",
)  # fmt: skip

CONSENT_NEEDED = Kind(
    "consent-needed", 403,
    "同意がありません", "There is no consent",
    "本人の同意がないため、この操作はできません。本人が同意の画面で同意すると行えます。",
    "The member has not consented to this. It works once they have, on their consent page.",
)  # fmt: skip
CHARTER_CHANGED = Kind(
    "charter-changed", 409,
    "監視規程が変わりました", "The charter has changed",
    "表示していた監視規程はいまのものではありません。いまの内容を確認してからお答えください。",
    "What was shown is not the charter that counts. Read the present one, then answer.",
)  # fmt: skip
NOTICE_TOO_SHORT = Kind(
    "notice-too-short", 422,
    "予告期間が足りません", "The notice is too short",
    "変更した監視規程は公開の30日後から有効にできます。急ぐ場合は理由を書いてください。",
    "A changed charter counts 30 days after it is published. If it must be sooner, say why.",
)  # fmt: skip
NOT_PAIRED = Kind(
    "not-paired", 400,
    "まだ登録されていません", "Not paired",
    "このPCはまだ登録されていないか、登録できません。",
    "This PC is not paired yet, or cannot be.",
)  # fmt: skip
LOCKS_OUT = Kind(
    "locks-out", 422,
    "いまの接続元が締め出されます", "This would lock you out",
    "この設定では、いまの接続元({what})から使えなくなります。接続元を含めてください。",
    "From where you are now ({what}), nothing would work any more. Include it.",
)  # fmt: skip
OUTSIDE_LIMITS = Kind(
    "outside-limits", 403,
    "この場所からは利用できません", "Not from here",
    "契約で許可されていない場所({what})からのアクセスです。管理者にお問い合わせください。",
    "Your organisation does not allow access from here ({what}). Ask your administrator.",
)  # fmt: skip

EXPORT_TOO_LONG = Kind(
    "export-too-long", 422,
    "一度に書き出せません", "Too long to export",
    "{what} 件を超えています。期間を短くしてください。",
    "There are more than {what} entries. Choose a shorter time.",
)  # fmt: skip

DEVICE_NOT_CONNECTED = Kind(
    "device-not-connected", 409,
    "このPCに届きません", "This PC cannot be reached",
    "PCがつながっていないか、エージェントが古いため、ここからは操作できません。PCのエージェントの画面で操作してください。",
    "The PC is not connected, or its agent is too old. Use the agent's own page on that PC.",
)  # fmt: skip

NOT_VIEWED = Kind(
    "not-viewed", 409,
    "見ていない画像があります", "Not looked at",
    "まとめて判定できるのは、目的を選んで画像を開いたものだけです。1件ずつ開いて確認してください。",
    "Only incidents whose images you have opened can be judged at once. Open each of them first.",
)  # fmt: skip
JUDGED = Kind(
    "judged", 409,
    "判定済みです", "It is judged",
    "このインシデントは判定済みです。変えるには、もう一度判定してください。",
    "This incident has been judged. To change that, judge it again.",
)  # fmt: skip
JUDGED_MEANWHILE = Kind(
    "judged-meanwhile", 409,
    "ほかの人が先に判定しました", "Somebody else judged it first",
    "開いたあとに、ほかの人が判定しました。その判定を確かめてください。変えるには、もう一度判定してください。",
    "Somebody else judged it after you opened it. Read what they said; to change it, judge again.",
)  # fmt: skip
DISPUTED = Kind(
    "disputed", 409,
    "すでに申し立て済みです", "It is disputed",
    "このインシデントには、回答を待っている申し立てがあります。",
    "There is an objection to this incident already, which waits for an answer.",
)  # fmt: skip

RANGE_TOO_LONG = Kind(
    "range-too-long", 422,
    "期間が長すぎます", "Too long a time",
    "一度に調べられる範囲({what})を超えています。期間を短くするか、人を絞ってください。",
    "That is more than one answer covers ({what}). Choose a shorter time, or fewer people.",
)  # fmt: skip

MAINTENANCE = Kind(
    "maintenance", 503,
    "メンテナンス中です", "Under maintenance",
    "メンテナンス中です(終了予定 {what})。終わりしだい、そのまま続けてお使いいただけます。",
    "The hub is under maintenance, planned until {what}. Everything goes on by itself after it.",
)  # fmt: skip
WINDOW_OVERLAPS = Kind(
    "window-overlaps", 409,
    "別のメンテナンスがあります", "There is another window",
    "同じ時間に別のメンテナンス({what})があります。先に終了するか、取り消してください。",
    "Another maintenance window ({what}) is in the way. End or withdraw it first.",
)  # fmt: skip
WINDOW_OVER = Kind(
    "window-over", 409,
    "終わったメンテナンスです", "The window is over",
    "終了予定を過ぎているか、すでに終わっています。新しく告知してください。",
    "Its planned end has passed, or it has ended. Announce another one.",
)  # fmt: skip

WEBHOOK_FORBIDDEN = Kind(
    "webhook-forbidden", 422,
    "このアドレスには送れません", "Nothing may be sent to this address",
    "{what} には送れません。https://ホスト名/パス の形で入力してください。",
    "Nothing may be sent to {what}. Write https://HOST/PATH.",
)  # fmt: skip
# By what is wrong with the address (hub.jobs.addresses.Why).
FORBIDDEN_ADDRESSES = {
    "address": (WEBHOOK_FORBIDDEN.detail_ja, WEBHOOK_FORBIDDEN.detail_en),
    "credentials": (
        "アドレスから名前とパスワードを除いてください。送り主は署名で確かめられます。",
        "Leave name and password out of the address; the signature proves who sends.",
    ),
    "inside": (
        "{what} は公開されたアドレスではありません。それでよい場合は、運用者にネットワークの許可"
        "(ZAISEKI_WEBHOOK_ALLOW)を依頼してください。",
        "{what} is not a public address. If that is meant, ask whoever runs the hub to allow its"
        " network (ZAISEKI_WEBHOOK_ALLOW).",
    ),
    "plain": (
        "{what} へは https(ポート 443)で送ります。アドレスを直してください。",
        "{what} must be https on port 443. Correct the address.",
    ),
}
WEBHOOKS_FULL = Kind(
    "webhooks-full", 409,
    "これ以上は登録できません", "No room for another webhook",
    "Webhook は {what} 件までです。使っていないものを削除してください。",
    "There may be {what} webhooks. Remove one that is not used.",
)  # fmt: skip
WEBHOOK_DISABLED = Kind(
    "webhook-disabled", 409,
    "この Webhook は停止しています", "This webhook is disabled",
    "停止しているあいだは何も送りません。先に再開してください。",
    "Nothing is sent while it is disabled. Enable it first.",
)  # fmt: skip

KINDS = (
    WEBHOOK_FORBIDDEN, WEBHOOKS_FULL, WEBHOOK_DISABLED,
    NOT_ACCEPTABLE, UNSUPPORTED_MEDIA, CHANGED_MEANWHILE, BEING_CHANGED, KEY_REUSED, KEY_IN_USE,
    UPGRADE_NEEDED,
    MAINTENANCE, WINDOW_OVERLAPS, WINDOW_OVER,
    RANGE_TOO_LONG,
    NOT_VIEWED, JUDGED, JUDGED_MEANWHILE, DISPUTED,
    DEVICE_NOT_CONNECTED,
    EXPORT_TOO_LONG,
    NOT_JSON, INVALID, NOT_SIGNED_IN, WRONG_PASSWORD, TOO_MANY_ATTEMPTS, SYSTEM_ID_NEEDED,
    FOREIGN_ORIGIN, NOT_ALLOWED, NOT_FOUND, METHOD_NOT_ALLOWED, TAKEN, PUNCH_REFUSED,
    SETUP_LINK_USED, TOO_LARGE, IMAGE_REFUSED, IMAGE_LATER, PURPOSE_NEEDED, NO_IMAGE, WEAK_PASSWORD,
    UNREADABLE, KEYS_DESTROYED, CROWDED, UNAVAILABLE, INCOMPLETE, BROKEN,
    CONSENT_NEEDED, CHARTER_CHANGED, NOTICE_TOO_SHORT, NOT_PAIRED, LOCKS_OUT, OUTSIDE_LIMITS,
    TOO_MANY_REQUESTS, TOO_SLOW, NOT_ENCRYPTED,
    SEATS_TAKEN, LAST_ADMINISTRATOR, OWN_ACCOUNT, OTHER_HOME, GROUP_RING, GROUP_NOT_EMPTY,
    TENANT_CLOSED,
    IMAGE_STAYS,
    VERDICT_STANDS,
    STEP_EXPIRED, WRONG_CODE, PASSKEY_REFUSED, PASSKEYS_NEED_A_NAME, SAME_PASSWORD,
    MAIL_NOT_SET_UP, LINK_USED, CONFIRMATION_NEEDED, SECOND_FACTOR_REQUIRED, ALREADY_SET_UP,
    OIDC_UNREACHABLE,
)  # fmt: skip


def language(accept: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110 12.5.4); else Japanese."""
    best, weight = LOCALES[0], 0.0
    for part in accept.split(","):
        tag, _, parameter = part.partition(";")
        locale = tag.strip().lower().partition("-")[0]
        wish = _weight(parameter)
        if locale in LOCALES and wish > weight:
            best, weight = locale, wish
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
