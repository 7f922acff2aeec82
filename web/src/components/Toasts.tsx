import * as Primitive from "@radix-ui/react-toast";
import { X } from "lucide-react";
import { createContext, type ReactNode, use, useCallback, useState } from "react";
import styles from "./Toasts.module.css";

interface Toast {
  message: string;
  tone?: "plain" | "bad";
}

type ShowToast = (toast: Toast) => void;

const ToastContext = createContext<ShowToast | null>(null);

let lastId = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<(Toast & { id: number })[]>([]);
  const show = useCallback<ShowToast>((toast) => {
    // Three at a time: more would cover the page they speak about.
    setToasts((shown) => [...shown.slice(-2), { ...toast, id: ++lastId }]);
  }, []);

  return (
    <ToastContext value={show}>
      <Primitive.Provider label="Message" swipeDirection="down">
        {children}
        {toasts.map(({ id, message, tone = "plain" }) => (
          <Primitive.Root
            key={id}
            className={`${styles.toast} ${styles[tone]}`}
            // A bad one interrupts and stays long enough to be read twice.
            type={tone === "bad" ? "foreground" : "background"}
            duration={tone === "bad" ? 12_000 : 5_000}
            onOpenChange={(open) => {
              if (!open) setToasts((shown) => shown.filter((toast) => toast.id !== id));
            }}
          >
            <Primitive.Description className={styles.message}>{message}</Primitive.Description>
            <Primitive.Close className={styles.close} aria-label="Dismiss">
              <X size={18} aria-hidden="true" />
            </Primitive.Close>
          </Primitive.Root>
        ))}
        <Primitive.Viewport className={styles.viewport} label="Messages ({hotkey})" />
      </Primitive.Provider>
    </ToastContext>
  );
}

export function useToast(): ShowToast {
  const show = use(ToastContext);
  if (!show) throw new Error("Toasts need their provider.");
  return show;
}
