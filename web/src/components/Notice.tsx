import type { ReactNode } from "react";
import styles from "./Notice.module.css";

interface NoticeProps {
  tone?: "plain" | "good" | "bad";
  children: ReactNode;
}

/** A message in a live region: assertive if it is bad, polite otherwise. */
export function Notice({ tone = "plain", children }: NoticeProps) {
  return (
    <div className={`${styles.notice} ${styles[tone]}`} role={tone === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}
