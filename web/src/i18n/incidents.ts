// The texts of the incidents' pages, which come with them.

import i18next from "i18next";
import en from "./incidents.en.json";
import ja from "./incidents.ja.json";

i18next.addResourceBundle("ja", "translation", ja, true);
i18next.addResourceBundle("en", "translation", en, true);
