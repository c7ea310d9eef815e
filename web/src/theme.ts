// Mantine in the product's own look: every colour is a token, the accent is ink.

import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
} from "@mantine/core";

export const theme = createTheme({
  primaryColor: "dark",
  autoContrast: true,
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  fontSizes: { xs: "12px", sm: "14px", md: "14px", lg: "20px", xl: "28px" },
  lineHeights: { xs: "1.3333", sm: "1.4286", md: "1.4286", lg: "1.2", xl: "1.1429" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  radius: { xs: "2px", sm: "4px", md: "6px" },
  defaultRadius: "sm",
  shadows: { xs: "none", sm: "none", md: "var(--shadow)", lg: "none", xl: "none" },
  focusRing: "auto",
  respectReducedMotion: true,
  cursorType: "pointer",
  variantColorResolver: (input) =>
    input.variant === "filled" && input.color === "dark"
      ? {
          background: "var(--ink)",
          hover: "var(--ink-2)",
          color: "var(--on-ink)",
          border: "1px solid transparent",
        }
      : defaultVariantColorsResolver(input),
  components: {
    Button: { defaultProps: { size: "sm", variant: "filled", color: "dark" } },
    InputWrapper: {
      defaultProps: { inputWrapperOrder: ["label", "input", "error", "description"] },
    },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    NativeSelect: { defaultProps: { size: "sm" } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 0 } } },
    Drawer: { defaultProps: { shadow: "md", transitionProps: { duration: 120 } } },
    Modal: { defaultProps: { shadow: "md", transitionProps: { duration: 0 } } },
  },
});

const tokens = {
  "--mantine-color-body": "var(--bg)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-dimmed": "var(--ink-2)",
  "--mantine-color-default": "var(--raised)",
  "--mantine-color-default-color": "var(--ink)",
  "--mantine-color-default-border": "var(--line-2)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-placeholder": "var(--ink-3)",
  "--mantine-color-error": "var(--incident)",
  "--mantine-primary-color-filled": "var(--ink)",
  "--mantine-primary-color-contrast": "var(--on-ink)",
};

/** Both schemes get the same names; the tokens themselves know light from dark. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: tokens,
  dark: tokens,
});
