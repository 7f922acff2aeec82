import { type ReactNode, useRef } from "react";
import styles from "./Page.module.css";
import { useDocumentTitle } from "./useDocumentTitle";
import { useFocusOnNavigation } from "./useFocusOnNavigation";

interface PageProps {
  /** The heading, and the first half of the document's title. */
  heading: string;
  storeName?: string | undefined;
  /** A few lines below the heading. */
  lead?: string | undefined;
  /** Clamps the lead to three lines. */
  leadIsBrief?: boolean;
  narrow?: boolean;
  children: ReactNode;
}

/** A page's frame: its title, and its heading, which gets the focus on navigation. */
export function Page({
  heading,
  storeName,
  lead,
  leadIsBrief,
  narrow = false,
  children,
}: PageProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(heading, storeName);

  useFocusOnNavigation(ref);

  return (
    <main id="content" className={`${styles.page} ${narrow ? styles.narrow : ""}`}>
      <header className={styles.header}>
        <h1 ref={ref} tabIndex={-1} className={styles.heading}>
          {heading}
        </h1>
        {lead && <p className={`${styles.lead} ${leadIsBrief ? styles.brief : ""}`}>{lead}</p>}
      </header>
      {children}
    </main>
  );
}
