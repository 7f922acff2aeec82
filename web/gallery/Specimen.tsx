import type { ReactNode } from "react";
import styles from "./Specimen.module.css";

interface SpecimenProps {
  title: string;
  children: ReactNode;
}

/** The page around one component's states. */
export const Specimen = ({ title, children }: SpecimenProps) => (
  <main className={styles.page} data-specimen="">
    <h1 className={styles.title}>{title}</h1>
    <div className={styles.states}>{children}</div>
  </main>
);

interface StateProps {
  of: string;
  wide?: boolean;
  /** Children side by side. */
  row?: boolean;
  children: ReactNode;
}

/** One state of the component, with a caption. */
export const State = ({ of, wide = false, row = false, children }: StateProps) => (
  <figure className={`${styles.state} ${wide ? styles.wide : ""}`}>
    <figcaption className={styles.caption}>{of}</figcaption>
    <div className={row ? styles.row : undefined}>{children}</div>
  </figure>
);
