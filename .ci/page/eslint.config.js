import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: "error",
      "no-implicit-coercion": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Texts of strangers are only ever set as text." },
        { property: "outerHTML", message: "Texts of strangers are only ever set as text." },
      ],
    },
  },
  { files: ["**/sw.js"], languageOptions: { globals: globals.serviceworker } },
];
