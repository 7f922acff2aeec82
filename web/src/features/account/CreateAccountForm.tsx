import { type FormEvent, useEffect, useRef } from "react";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { TextField } from "../../components/TextField";
import styles from "./Form.module.css";
import { FormFault } from "./FormFault";
import { NewPasswordField } from "./NewPasswordField";
import type { NewSession } from "./signIn";
import { useSignUp } from "./signUp";

interface CreateAccountFormProps {
  slug: string;
  onSignedIn: (session: NewSession) => void;
}

const fields = ["name", "email", "password"];

export function CreateAccountForm({ slug, onSignedIn }: CreateAccountFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const signUp = useSignUp(onSignedIn);
  const failure = signUp.data?.failure;
  const problems = failure?.__typename === "InvalidInput" ? failure.problems : [];
  const problemOf = (field: string) =>
    problems.find((problem) => problem.field === field)?.message ??
    (field === "email" && failure?.__typename === "EmailTaken" ? failure.message : undefined);

  // Problems shown next to a field aren't repeated.
  const elsewhere = problems.filter(({ field }) => !fields.includes(field));
  const refusal =
    failure?.__typename === "InvalidInput"
      ? ["Please correct the marked fields.", ...elsewhere.map(({ message }) => message)].join(" ")
      : failure?.__typename === "SignUpClosed" && failure.message;

  // biome-ignore lint/correctness/useExhaustiveDependencies: every new answer focuses the first invalid field
  useEffect(() => {
    form.current?.querySelector<HTMLInputElement>("[aria-invalid]")?.focus();
  }, [failure]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (signUp.isPending) return;
    const entered = new FormData(event.currentTarget);
    const enteredIn = (field: string) => String(entered.get(field) ?? "");
    signUp.mutate({
      store: slug,
      name: enteredIn("name").trim(),
      email: enteredIn("email").trim(),
      password: enteredIn("password"),
    });
  };

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      {refusal && <Notice tone="bad">{refusal}</Notice>}
      {signUp.error && <FormFault fault={signUp.error} />}
      <TextField label="Name" name="name" autoComplete="name" problem={problemOf("name")} />
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        problem={problemOf("email")}
      />
      <NewPasswordField label="Password" name="password" problem={problemOf("password")} />
      <Button type="submit" wide busy={signUp.isPending}>
        Create account
      </Button>
    </form>
  );
}
