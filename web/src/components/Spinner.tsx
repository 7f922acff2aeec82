import styles from "./Spinner.module.css";

/** Decoration next to text that already describes what's happening. */
export const Spinner = () => <span className={styles.spinner} aria-hidden="true" />;
