import { type FormEvent, useEffect, useRef } from "react";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { TextField } from "../../components/TextField";
import { useChangePassword } from "./changePassword";
import styles from "./Form.module.css";
import { FormFault } from "./FormFault";
import { NewPasswordField } from "./NewPasswordField";
import type { NewSession } from "./signIn";

interface ChangePasswordFormProps {
  email: string | undefined;
  onRenewed: (session: NewSession) => void;
}

export function ChangePasswordForm({ email, onRenewed }: ChangePasswordFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const changing = useChangePassword((session) => {
    form.current?.reset();
    onRenewed(session);
  });
  const result = changing.data;
  const problems = result?.__typename === "InvalidInput" ? result.problems : [];
  const problemOf = (field: string) => problems.find((problem) => problem.field === field)?.message;

  // biome-ignore lint/correctness/useExhaustiveDependencies: every new answer focuses the first invalid field
  useEffect(() => {
    form.current?.querySelector<HTMLInputElement>("[aria-invalid]")?.focus();
  }, [result]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (changing.isPending) return;
    const entered = new FormData(event.currentTarget);
    changing.mutate({
      currentPassword: String(entered.get("currentPassword") ?? ""),
      newPassword: String(entered.get("newPassword") ?? ""),
    });
  };

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      {result?.__typename === "Session" && (
        <Notice tone="good">
          Your password has been changed. Other devices have been signed out.
        </Notice>
      )}
      {changing.error && <FormFault fault={changing.error} />}
      {/* Tells password managers whose password this is. */}
      <input type="text" name="email" autoComplete="username" value={email ?? ""} readOnly hidden />
      <TextField
        label="Current password"
        name="currentPassword"
        type="password"
        autoComplete="current-password"
        problem={problemOf("currentPassword")}
      />
      <NewPasswordField
        label="New password"
        name="newPassword"
        problem={problemOf("newPassword")}
      />
      <Button type="submit" busy={changing.isPending}>
        Change password
      </Button>
    </form>
  );
}
