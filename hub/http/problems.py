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
    """

    type: str
    title: str
    status: int
    detail: str
    reason: str | None = None


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

    def document(self, locale: str) -> ProblemDocument:
        detail = self.details[locale == "en"]
        return ProblemDocument(
            type=self.kind.type,
            title=self.kind.title(locale),
            status=self.kind.status,
            detail=detail.format(what=self.what),
            reason=self.reason,
        )


NOT_JSON = Kind(
    "not-json", 400,
    "JSON ではありません", "Not JSON",
    "本文を JSON として読めません。Content-Type: application/json で送ってください({what})。",
    "The body cannot be read as JSON. Send it with Content-Type: application/json ({what}).",
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
    "中継サーバーを使う場合は Host と X-Forwarded-Proto を渡してください。",
    "This is only possible from the pages of {what}. "
    "A proxy in between must pass Host and X-Forwarded-Proto on.",
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
WEAK_PASSWORD = Kind(
    "weak-password", 422,
    "パスワードが弱すぎます", "The password is too weak",
    "パスワードは12文字以上128文字以下とし、ログイン名や同じ文字の繰り返しを避けてください。",
    "A password has 12 to 128 letters, does not contain the login and does not repeat a few "
    "letters.",
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
BROKEN = Kind(
    "broken", 500,
    "処理に失敗しました", "Something broke",
    "サーバーで予期しない誤りが起きました。管理者にお知らせください。",
    "The hub made a mistake. Please tell your administrator.",
)  # fmt: skip

KINDS = (
    NOT_JSON, INVALID, NOT_SIGNED_IN, WRONG_PASSWORD, TOO_MANY_ATTEMPTS, SYSTEM_ID_NEEDED,
    FOREIGN_ORIGIN, NOT_ALLOWED, NOT_FOUND, METHOD_NOT_ALLOWED, TAKEN, PUNCH_REFUSED,
    SETUP_LINK_USED, TOO_LARGE, IMAGE_REFUSED, PURPOSE_NEEDED, NO_IMAGE, WEAK_PASSWORD,
    CROWDED, UNAVAILABLE, BROKEN,
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
