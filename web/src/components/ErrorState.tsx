import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./ErrorState.module.css";
import { RetryButton } from "./RetryButton";

interface ErrorStateProps {
  icon: LucideIcon;
  title: string;
  sentence: string;
  reference?: string | undefined;
  retry?: (() => void) | undefined;
  retryAt?: Date | undefined;
  /** Actions other than trying again. */
  children?: ReactNode;
  /** The heading's level: 1 if this is the whole page. */
  level?: 1 | 2;
}

/** Replaces something that can't be shown: what happened, and a way out. */
export function ErrorState({ icon: Icon, level = 1, ...state }: ErrorStateProps) {
  const Heading = `h${level}` as const;
  return (
    <section className={styles.errorState} role="alert">
      <span className={styles.badge}>
        <Icon size={30} strokeWidth={1.6} aria-hidden="true" />
      </span>
      <Heading className={styles.title} tabIndex={-1}>
        {state.title}
      </Heading>
      <p className={styles.sentence}>{state.sentence}</p>
      {state.reference && (
        <p className={styles.reference}>
          Reference <code>{state.reference}</code>
        </p>
      )}
      {(state.retry || state.children) && (
        <div className={styles.actions}>
          {state.retry && <RetryButton retry={state.retry} retryAt={state.retryAt} />}
          {state.children}
        </div>
      )}
    </section>
  );
}
