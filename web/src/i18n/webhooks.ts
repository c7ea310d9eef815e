// The texts of the webhook pages, which come with them.

import i18next from "i18next";
import en from "./webhooks.en.json";
import ja from "./webhooks.ja.json";

i18next.addResourceBundle("ja", "translation", ja, true);
i18next.addResourceBundle("en", "translation", en, true);
