import type { ComponentProps } from "react";
import styles from "./Button.module.css";
import { Spinner } from "./Spinner";

export type ButtonLook = "primary" | "tinted" | "quiet" | "outlined";

interface ButtonProps extends ComponentProps<"button"> {
  look?: ButtonLook;
  wide?: boolean;
  /** Shows a spinner and can't be pressed again, but keeps the focus. */
  busy?: boolean;
}

export const buttonClass = (look: ButtonLook = "primary", wide = false): string =>
  [styles.button, styles[look], wide && styles.wide].filter(Boolean).join(" ");

export function Button({ look, wide, busy, className, children, onClick, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      className={[buttonClass(look, wide), className].filter(Boolean).join(" ")}
      // `disabled` would lose the focus.
      aria-disabled={busy || props["aria-disabled"] || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
