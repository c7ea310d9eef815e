// The texts of the console, which come with it: the board does not wait for them.

import i18next from "i18next";
import en from "./console.en.json";
import ja from "./console.ja.json";

i18next.addResourceBundle("ja", "translation", ja, true);
i18next.addResourceBundle("en", "translation", en, true);
