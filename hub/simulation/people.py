"""Who is simulated: names as people have them, and the groups that they are in."""

from collections.abc import Iterable
from dataclasses import dataclass

GROUP_SIZE = 48  # about what one desk looks after
FAMILY = (
    "佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田",
    "山田", "佐々木", "山口", "松本", "井上", "木村", "林", "斎藤", "清水", "山崎", "森", "池田",
    "橋本", "阿部", "石川", "山下", "中島", "石井", "小川", "前田", "岡田", "長谷川", "藤田",
    "後藤", "近藤", "村上", "遠藤", "青木", "坂本", "福田", "太田", "西村", "藤井", "金子",
    "岡本", "藤原", "三浦", "中野", "原田", "勅使河原",
)  # fmt: skip
GIVEN = (
    "千尋", "浩二", "拓也", "美咲", "健太", "由美子", "大輔", "彩", "翔", "恵子", "真由", "蓮",
    "涼", "さくら", "誠", "智也", "奈々", "美穂", "綾子", "悠斗", "一郎", "沙織", "隼人", "桃子",
    "莉子", "アレクサンドラ美智子", "亮", "慎吾", "直樹", "海斗", "剛", "葵", "茜", "結衣",
    "祐介", "駿", "美優", "詩織", "和也", "ひかり", "洋平", "あゆみ", "隆", "紀子", "聡", "瑠璃",
    "俊",
)  # fmt: skip
DEPARTMENTS = (
    "営業部", "カスタマーサポート課", "開発部", "経理・総務部", "企画推進部", "物流センター",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    group: str


def person(number: int) -> Person:
    """The `number`-th, from 0: always the same one. Names repeat after some 2,300."""
    family = FAMILY[number % len(FAMILY)]
    given = GIVEN[(number + number // len(FAMILY)) % len(GIVEN)]
    return Person(f"{family} {given}", group(number // GROUP_SIZE))


def group(number: int) -> str:
    """The departments first, then their second sections, and so on."""
    department, section = DEPARTMENTS[number % len(DEPARTMENTS)], number // len(DEPARTMENTS)
    return department if section == 0 else f"{department} 第{section + 1}"


def people(count: int) -> Iterable[Person]:
    return map(person, range(count))
