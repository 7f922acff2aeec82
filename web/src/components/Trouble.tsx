import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { RetryButton } from "./RetryButton";
import styles from "./Trouble.module.css";

interface TroubleProps {
  icon: LucideIcon;
  title: string;
  sentence: string;
  reference?: string | undefined;
  retry?: (() => void) | undefined;
  retryAt?: Date | undefined;
  /** Ways out other than trying again. */
  children?: ReactNode;
  /** The heading's level: 1 where this is the whole page. */
  level?: 1 | 2;
}

/** What is shown in place of something that can't be shown: what happened, and a way out. */
export function Trouble({ icon: Icon, level = 1, ...trouble }: TroubleProps) {
  const Heading = `h${level}` as const;
  return (
    <section className={styles.trouble} role="alert">
      <span className={styles.badge}>
        <Icon size={30} strokeWidth={1.6} aria-hidden="true" />
      </span>
      <Heading className={styles.title} tabIndex={-1}>
        {trouble.title}
      </Heading>
      <p className={styles.sentence}>{trouble.sentence}</p>
      {trouble.reference && (
        <p className={styles.reference}>
          Reference <code>{trouble.reference}</code>
        </p>
      )}
      {(trouble.retry || trouble.children) && (
        <div className={styles.ways}>
          {trouble.retry && <RetryButton retry={trouble.retry} retryAt={trouble.retryAt} />}
          {trouble.children}
        </div>
      )}
    </section>
  );
}
