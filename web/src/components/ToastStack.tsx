import * as Primitive from "@radix-ui/react-toast";
import { X } from "lucide-react";
import styles from "./ToastStack.module.css";

export interface Toast {
  id: number;
  message: string;
  tone: "plain" | "bad";
}

export interface ToastStackProps {
  toasts: readonly Toast[];
  onDismiss: (id: number) => void;
}

export const ToastStack = ({ toasts, onDismiss }: ToastStackProps) => (
  <Primitive.Provider label="Message" swipeDirection="down">
    {toasts.map(({ id, message, tone }) => (
      <Primitive.Root
        key={id}
        className={`${styles.toast} ${styles[tone]}`}
        // A bad one interrupts, and stays long enough to be read twice.
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
    <Primitive.Viewport className={styles.viewport} label="Messages ({hotkey})" />
  </Primitive.Provider>
);
