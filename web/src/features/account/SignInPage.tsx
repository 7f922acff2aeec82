import { PawPrint } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { useDocumentTitle } from "../../components/useDocumentTitle";
import { useFocusOnNavigation } from "../../components/useFocusOnNavigation";
import { CreateAccountForm } from "./CreateAccountForm";
import { SignInForm } from "./SignInForm";
import styles from "./SignInPage.module.css";
import type { NewSession } from "./signIn";
import type { Storefront } from "./storefront";

interface SignInPageProps {
  slug: string;
  store: Storefront;
  /** Why the last session has ended. */
  notice?: string | undefined;
  lastEmail?: string | undefined;
  onSignedIn: (session: NewSession) => void;
}

export function SignInPage({ slug, store, notice, lastEmail, onSignedIn }: SignInPageProps) {
  const [creating, setCreating] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const switched = useRef(false);

  useFocusOnNavigation(heading);

  // biome-ignore lint/correctness/useExhaustiveDependencies: switching forms counts as navigation
  useEffect(() => {
    if (switched.current) heading.current?.focus({ preventScroll: true });
    switched.current = true;
  }, [creating]);

  const title = creating ? "Create account" : "Sign in";
  useDocumentTitle(title, store.name);
  return (
    <main id="content" className={styles.page}>
      <header className={styles.store}>
        <span className={styles.mark}>
          <PawPrint size={26} aria-hidden="true" />
        </span>
        <p className={styles.name}>{store.name}</p>
        {store.description && <p className={styles.description}>{store.description}</p>}
      </header>
      <div className={styles.card}>
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {notice && !creating && <Notice>{notice}</Notice>}
        {creating ? (
          <CreateAccountForm slug={slug} onSignedIn={onSignedIn} />
        ) : (
          <SignInForm
            slug={slug}
            demoLogin={store.demoLogin}
            lastEmail={lastEmail}
            onSignedIn={onSignedIn}
          />
        )}
      </div>
      {store.signUpOpen && (
        <p className={styles.other}>
          <span>{creating ? "Already have an account?" : "New here?"}</span>{" "}
          <Button look="quiet" className={styles.switch} onClick={() => setCreating(!creating)}>
            {creating ? "Sign in" : "Create account"}
          </Button>
        </p>
      )}
    </main>
  );
}
