// The texts of the pages about days, which come with them.

import i18next from "i18next";
import en from "./days.en.json";
import ja from "./days.ja.json";

i18next.addResourceBundle("ja", "translation", ja, true);
i18next.addResourceBundle("en", "translation", en, true);
