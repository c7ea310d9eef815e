// A password, hidden until somebody wants to see what they typed.

import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** What is wrong takes the place of the hint. */
export function PasswordField({ description, error, ...rest }: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      {...rest}
      error={error}
      description={error ? undefined : description}
      visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
    />
  );
}
