import { CircleUserRound } from "lucide-react";
import type { ComponentProps } from "react";
import styles from "./AccountButton.module.css";

export const AccountButton = (props: ComponentProps<"button">) => (
  <button type="button" aria-label="Account" {...props} className={styles.button}>
    <CircleUserRound size={22} aria-hidden="true" />
  </button>
);
