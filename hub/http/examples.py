"""Examples of the main operations, by the name of each: what is asked, and what is answered."""

from typing import Any

Json = dict[str, Any]

MORI: Json = {
    "id": 7, "login": "mori", "name": "森 花子", "role": "worker", "locale": "ja",
    "disabled": False, "groups": [2], "supervises": [],
}  # fmt: skip

ASKED: dict[str, Json] = {
    "sign_in": {
        "login": "boss", "password": "correct horse battery staple", "system_id": "ABCD1234",
    },
    "create_member": {"login": "mori", "name": "森 花子", "role": "worker", "groups": [2]},
    "change_member": {"name": "森 花", "groups": [2, 3]},
    "create_group": {"name": "大阪支社", "parent": 1},
    "change_group": {"name": "関西支社"},
    "supervise": {"members": [4]},
    "create_device": {"member": 7, "name": "森のPC"},
    "punch": {"kind": "start", "request_id": "5f0c1e2a"},
    "give_verdict": {"verdict": "benign", "note": "宅配便でした"},
    "assign": {"assignee": 4},
    "create_token": {"name": "人事システム", "scopes": ["members:read"], "days": 90},
    "set_limits": {"networks": ["192.0.2.0/24"], "countries": ["JP"]},
    "set_policy": {"evidence": "incident_only"},
    "edit_own_tenant": {"name": "株式会社在席"},
    "change_escalation": {"after_min": 15},
}  # fmt: skip

ANSWERED: dict[str, Json] = {
    "session": {
        "member": {
            "id": 1, "name": "長田 一郎", "login": "boss", "role": "administrator", "locale": "ja",
        },
        "tenant": {"name": "株式会社在席", "system_id": "ABCD1234"},
    },
    "members": {"items": [MORI], "total": 1, "next": None},
    "one_member": MORI,
    "change_member": MORI,
    "create_member": {"id": 7, "password": "kagi-hata-umi-73"},
    "groups": {"items": [{"id": 1, "name": "本社"}, {"id": 2, "name": "営業部", "parent": 1}]},
    "one_group": {"id": 2, "name": "営業部", "parent": 1, "supervisors": [4]},
    "create_group": {"id": 3},
    "create_device": {"id": 12, "token": "zGq4…"},
    "create_token": {"id": 31, "token": "pT8x…"},
    "limits": {
        "networks": ["192.0.2.0/24"], "geoip": True, "address": "192.0.2.7",
        "countries": ["JP"], "country": "JP",
    },
    "escalation": {"after_min": 15},
}  # fmt: skip
