import * as Primitive from "@radix-ui/react-toast";
import { X } from "lucide-react";
import type { Ref } from "react";
import styles from "./ToastStack.module.css";

export interface Toast {
  id: number;
  message: string;
  tone: "plain" | "bad";
}

export interface ToastStackProps {
  /** The element that is as high as all toasts together. */
  ref: Ref<HTMLOListElement>;
  toasts: readonly Toast[];
  onDismiss: (id: number) => void;
}

export const ToastStack = ({ ref, toasts, onDismiss }: ToastStackProps) => (
  <Primitive.Provider label="Message" swipeDirection="down">
    {toasts.map(({ id, message, tone }) => (
      <Primitive.Root
        key={id}
        className={`${styles.toast} ${styles[tone]}`}
        // A bad toast is assertive, and stays long enough to be read twice.
        type={tone === "bad" ? "foreground" : "background"}
        duration={tone === "bad" ? 12_000 : 4_000}
        onOpenChange={(open) => open || onDismiss(id)}
      >
        <Primitive.Description className={styles.message}>{message}</Primitive.Description>
        <Primitive.Close className={styles.close} aria-label="Dismiss">
          <X size={18} aria-hidden="true" />
        </Primitive.Close>
      </Primitive.Root>
    ))}
    <Primitive.Viewport ref={ref} className={styles.viewport} label="Messages ({hotkey})" />
  </Primitive.Provider>
);
