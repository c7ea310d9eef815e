// A question above the page: a short form, or a yes that cannot be taken back.

import { Button, Modal } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../../api/http";
import { GiveBack } from "../../shell/GiveBack";
import { Refusal } from "./Refusal";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: number;
}

export function Dialog({ title, onClose, children, size = 440 }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      centered
      closeOnClickOutside={false}
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ "aria-label": t("detail.close") }}
      className="dialog"
    >
      <GiveBack />
      {children}
    </Modal>
  );
}

/** A form's state with the hub: what a mutation of it is in. */
export interface Sending {
  readonly isPending: boolean;
  readonly error: Problem | null;
  readonly reload?: () => void;
}

export interface FormProps {
  readonly sending: Sending;
  readonly submit: string;
  readonly onSubmit: () => void;
  readonly onCancel?: () => void;
  readonly ready?: boolean;
  readonly danger?: boolean;
  readonly children?: ReactNode;
}

/** Fields, what was refused, and the two buttons at the foot. */
export function Form(props: FormProps) {
  const { sending, submit, onSubmit, onCancel, ready = true, danger, children } = props;
  const { t } = useTranslation();
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !sending.isPending) onSubmit();
  };
  return (
    <form className="form" onSubmit={send} noValidate>
      {children}
      <Refusal problem={sending.error} onReload={sending.reload} />
      <footer>
        {onCancel && (
          <Button variant="default" onClick={onCancel}>
            {t("kit.cancel")}
          </Button>
        )}
        <Button
          type="submit"
          loading={sending.isPending}
          disabled={!ready}
          className={danger ? "danger" : undefined}
        >
          {submit}
        </Button>
      </footer>
    </form>
  );
}

export interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  readonly sending: Sending;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function Confirm({ title, text, submit, sending, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Form sending={sending} submit={submit} onSubmit={onConfirm} onCancel={onClose} danger>
        <p>{text}</p>
      </Form>
    </Dialog>
  );
}
