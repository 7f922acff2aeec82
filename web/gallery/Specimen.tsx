import type { ReactNode } from "react";
import styles from "./Specimen.module.css";

interface SpecimenProps {
  title: string;
  children: ReactNode;
}

/** The page around a component that is shown by itself. */
export const Specimen = ({ title, children }: SpecimenProps) => (
  <main className={styles.page} data-specimen="">
    <h1 className={styles.title}>{title}</h1>
    <div className={styles.states}>{children}</div>
  </main>
);

interface StateProps {
  of: string;
  wide?: boolean;
  /** Side by side. */
  row?: boolean;
  children: ReactNode;
}

/** One state of it, with a word about which. */
export const State = ({ of, wide = false, row = false, children }: StateProps) => (
  <figure className={`${styles.state} ${wide ? styles.wide : ""}`}>
    <figcaption className={styles.caption}>{of}</figcaption>
    <div className={row ? styles.row : undefined}>{children}</div>
  </figure>
);
