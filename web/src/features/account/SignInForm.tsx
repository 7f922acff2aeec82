import { type FormEvent, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { TextField } from "../../components/TextField";
import { DemoLogin } from "./DemoLogin";
import styles from "./Form.module.css";
import { FormFault } from "./FormFault";
import { type NewSession, useSignIn } from "./signIn";
import type { Storefront } from "./storefront";

interface SignInFormProps {
  slug: string;
  demoLogin: Storefront["demoLogin"];
  lastEmail?: string | undefined;
  onSignedIn: (session: NewSession) => void;
}

export function SignInForm({ slug, demoLogin, lastEmail = "", onSignedIn }: SignInFormProps) {
  const [email, setEmail] = useState(lastEmail);
  const [password, setPassword] = useState("");
  const [missing, setMissing] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const signIn = useSignIn(onSignedIn);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (signIn.isPending) return;
    const incomplete = !email.trim() || !password;
    setMissing(incomplete);
    if (incomplete) {
      form.current
        ?.querySelector<HTMLInputElement>(email.trim() ? "[name=password]" : "[name=email]")
        ?.focus();
      return;
    }
    signIn.mutate({ store: slug, email: email.trim(), password });
  };

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      {signIn.error?.kind === "unauthenticated" ? (
        <Notice tone="bad">
          {signIn.error.sentence ?? "The email address or password is wrong."}
        </Notice>
      ) : (
        signIn.error && <FormFault fault={signIn.error} />
      )}
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        problem={missing && !email.trim() ? "Enter your email address." : undefined}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        problem={missing && !password ? "Enter your password." : undefined}
      />
      <Button type="submit" wide busy={signIn.isPending}>
        Sign in
      </Button>
      {demoLogin && (
        <DemoLogin
          login={demoLogin}
          onFill={() => {
            setEmail(demoLogin.email);
            setPassword(demoLogin.password);
            setMissing(false);
            form.current?.querySelector<HTMLButtonElement>("[type=submit]")?.focus();
          }}
        />
      )}
    </form>
  );
}
