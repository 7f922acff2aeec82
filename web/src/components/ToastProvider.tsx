import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  use,
  useCallback,
  useEffect,
  useState,
} from "react";
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

  // Good news belongs to the page it happened on; whoever moves on has read it.
  useEffect(() => {
    const keepBad = () => setToasts((shown) => shown.filter((toast) => toast.tone === "bad"));
    // wouter announces under the first name that it has opened another page.
    const moves = ["pushState", "popstate"];
    for (const move of moves) window.addEventListener(move, keepBad);
    return () => {
      for (const move of moves) window.removeEventListener(move, keepBad);
    };
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
