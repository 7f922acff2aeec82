import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from "react";
import { Notice } from "./Notice";
import { retryableLazy, useRetryableLazy } from "./retryableLazy";
import styles from "./ToastProvider.module.css";
import type { Toast, ToastStackProps } from "./ToastStack";

// Nothing has happened yet when the page opens, so what shows it can come a little later.
export const toastStack = retryableLazy<ToastStackProps>(() =>
  import("./ToastStack").then((module) => module.ToastStack),
);

type ShowToast = (toast: { message: string; tone?: Toast["tone"] }) => void;

interface Toasts {
  show: ShowToast;
  keepBad: () => void;
}

const ToastContext = createContext<Toasts | null>(null);

/** How high the toasts are that are shown, in pixels; 0 without any. */
const ToastHeightContext = createContext(0);

let lastId = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const { Component: ToastStack, failures } = useRetryableLazy(toastStack, lastId > 0);

  const show = useCallback<ShowToast>(({ message, tone = "plain" }) => {
    // Good news replaces good news, and bad news stays: a pile would cover what it speaks about.
    setToasts((shown) => [
      ...shown.filter((toast) => toast.tone === "bad").slice(-2),
      { id: ++lastId, message, tone },
    ]);
  }, []);

  // Good news belongs to the page it happened on; whoever moves on has read it.
  const keepBad = useCallback(
    () => setToasts((shown) => shown.filter((toast) => toast.tone === "bad")),
    [],
  );
  useEffect(() => {
    // wouter announces under the first name that it has opened another page.
    const moves = ["pushState", "popstate"];
    for (const move of moves) window.addEventListener(move, keepBad);
    return () => {
      for (const move of moves) window.removeEventListener(move, keepBad);
    };
  }, [keepBad]);

  const [height, setHeight] = useState(0);
  const measured = useCallback((stack: HTMLElement | null) => {
    if (!stack) return;
    const observer = new ResizeObserver(() => setHeight(stack.offsetHeight));
    observer.observe(stack);
    return () => observer.disconnect();
  }, []);

  const toastsOfPage = useMemo(() => ({ show, keepBad }), [show, keepBad]);
  return (
    <ToastContext value={toastsOfPage}>
      <ToastHeightContext value={toasts.length > 0 ? height : 0}>{children}</ToastHeightContext>
      {lastId > 0 && ToastStack ? (
        <ToastStack
          ref={measured}
          toasts={toasts}
          onDismiss={(id) => setToasts((shown) => shown.filter((toast) => toast.id !== id))}
        />
      ) : (
        // What failed may be the very reason why the stack can't be fetched: it is said all the same.
        failures > 0 && (
          <div ref={measured} className={styles.plain}>
            {toasts.map(({ id, message, tone }) => (
              <Notice key={id} tone={tone}>
                {message}
              </Notice>
            ))}
          </div>
        )
      )}
    </ToastContext>
  );
}

export function useToast(): ShowToast {
  const toasts = use(ToastContext);
  if (!toasts) throw new Error("Toasts need their provider.");
  return toasts.show;
}

/** For what would lie below the toasts: as much room as the highest of them needed since it opened, so that nothing
 * moves back when they go. */
export function useRoomForToasts(): number {
  const height = use(ToastHeightContext);
  const [room, setRoom] = useState(height);
  if (height > room) setRoom(height);
  return Math.max(height, room);
}

/** For what opens over a page: the page's good news would lie over it. */
export function useGoodNewsCleared(): void {
  const keepBad = use(ToastContext)?.keepBad;
  useEffect(() => keepBad?.(), [keepBad]);
}
