import pulumi from "@pulumi/eslint-plugin";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

// Typed rules read tsconfig.json; plain JavaScript (bootstrap, test scripts) runs before or without the compiler.
export default defineConfig(
  globalIgnores(["node_modules/", "**/*.js", "**/*.cjs"]),
  {
    files: ["**/*.ts", "**/*.mts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "@pulumi": pulumi },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      // Numbers read well in messages; everything else has to be made text on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `process.env["X"]` is what noPropertyAccessFromIndexSignature asks for.
      "@typescript-eslint/dot-notation": "off",
      // A component's constructor is its whole work: `new Lab(…)` is a statement in Pulumi programs.
      "no-new": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      // `() => stop()` in a callback says enough.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "no default exports: a name is searchable" },
      ],
    },
  },
  {
    // Without the toolchain, which is written in another style: `eslint --fix` would put its braces in, and its constants have other names.
    files: ["infra/**/*.ts", "lab/**/*.ts"],
    ignores: ["infra/toolchain/**"],
    rules: {
      curly: "error",
      "@typescript-eslint/naming-convention": [
        "error",
        {
          selector: "variable",
          modifiers: ["const", "global"],
          types: ["string", "number", "boolean", "array"],
          format: ["UPPER_CASE"],
        },
      ],
    },
  },
  {
    // Tests reach into what they fake and assert on what they got.
    files: ["test/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "no default exports: a name is searchable" },
        {
          selector: "CallExpression[callee.object.callee.name='script'][callee.property.name=/^replace/]",
          message: "use changed() of test/support: it fails if it changes nothing",
        },
        {
          selector:
            "CallExpression[callee.property.name=/^toBeLess/]:has(MemberExpression[object.name=/^(Date|performance)$/][property.name='now'])",
          message:
            "a busy machine takes longer: let the test hang without what it proves, or make time an input (TestClock)",
        },
      ],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    // vitest wants its configuration as the default export.
    files: ["test/vitest.config.mts"],
    rules: { "no-restricted-syntax": "off" },
  },
);
