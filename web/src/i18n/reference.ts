// The texts of the reference page, which come with it.

import i18next from "i18next";
import en from "./reference.en.json";
import ja from "./reference.ja.json";

i18next.addResourceBundle("ja", "translation", ja, true);
i18next.addResourceBundle("en", "translation", en, true);
