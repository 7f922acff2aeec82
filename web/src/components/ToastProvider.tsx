import { createContext, lazy, type ReactNode, Suspense, use, useCallback, useState } from "react";
import type { Toast } from "./ToastStack";

// Nothing has happened yet when the page opens, so what shows it can come a little later.
export const loadToastStack = () =>
  import("./ToastStack").then((module) => ({ default: module.ToastStack }));

const ToastStack = lazy(loadToastStack);

type ShowToast = (toast: { message: string; tone?: Toast["tone"] }) => void;

const ToastContext = createContext<ShowToast | null>(null);

let lastId = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);

  const show = useCallback<ShowToast>(({ message, tone = "plain" }) => {
    // Good news replaces good news, and bad news stays: a pile would cover what it speaks about.
    setToasts((shown) => [
      ...shown.filter((toast) => toast.tone === "bad").slice(-2),
      { id: ++lastId, message, tone },
    ]);
  }, []);

  return (
    <ToastContext value={show}>
      {children}
      <Suspense>
        {lastId > 0 && (
          <ToastStack
            toasts={toasts}
            onDismiss={(id) => setToasts((shown) => shown.filter((toast) => toast.id !== id))}
          />
        )}
      </Suspense>
    </ToastContext>
  );
}

export function useToast(): ShowToast {
  const show = use(ToastContext);
  if (!show) throw new Error("Toasts need their provider.");
  return show;
}
