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

// There are no toasts when the page opens, so this can be loaded a little later.
export const toastStack = retryableLazy<ToastStackProps>(() =>
  import("./ToastStack").then((module) => module.ToastStack),
);

type ShowToast = (toast: { message: string; tone?: Toast["tone"] }) => void;

interface Toasts {
  show: ShowToast;
  dismissPlain: () => void;
}

const ToastContext = createContext<Toasts | null>(null);

/** The height of the visible toasts in pixels, 0 without any. */
const ToastHeightContext = createContext(0);

let lastId = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const { Component: ToastStack, failures } = useRetryableLazy(toastStack, lastId > 0);

  const show = useCallback<ShowToast>(({ message, tone = "plain" }) => {
    // Only the last two bad toasts stay: a pile would cover what they're about.
    setToasts((shown) => [
      ...shown.filter((toast) => toast.tone === "bad").slice(-2),
      { id: ++lastId, message, tone },
    ]);
  }, []);

  // A plain toast belongs to its page; a customer who navigates has read it.
  const dismissPlain = useCallback(
    () => setToasts((shown) => shown.filter((toast) => toast.tone === "bad")),
    [],
  );
  useEffect(() => {
    // wouter dispatches pushState when it navigates.
    const moves = ["pushState", "popstate"];
    for (const move of moves) window.addEventListener(move, dismissPlain);
    return () => {
      for (const move of moves) window.removeEventListener(move, dismissPlain);
    };
  }, [dismissPlain]);

  const [height, setHeight] = useState(0);
  const measure = useCallback((stack: HTMLElement | null) => {
    if (!stack) return;
    const observer = new ResizeObserver(() => setHeight(stack.offsetHeight));
    observer.observe(stack);
    return () => observer.disconnect();
  }, []);

  const toastActions = useMemo(() => ({ show, dismissPlain }), [show, dismissPlain]);
  return (
    <ToastContext value={toastActions}>
      <ToastHeightContext value={toasts.length > 0 ? height : 0}>{children}</ToastHeightContext>
      {lastId > 0 && ToastStack ? (
        <ToastStack
          ref={measure}
          toasts={toasts}
          onDismiss={(id) => setToasts((shown) => shown.filter((toast) => toast.id !== id))}
        />
      ) : (
        // The stack may have failed to load for the same reason: show the messages anyway.
        failures > 0 && (
          <div ref={measure} className={styles.plain}>
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
  if (!toasts) throw new Error("useToast needs its provider.");
  return toasts.show;
}

/**
 * Space to leave above an overlay for toasts: the most they've needed since it opened, so that
 * nothing moves back when they disappear.
 */
export function useRoomForToasts(): number {
  const height = use(ToastHeightContext);
  const [room, setRoom] = useState(height);
  if (height > room) setRoom(height);
  return Math.max(height, room);
}

/** For overlays, which the page's plain toasts would cover. */
export function useDismissPlainToasts(): void {
  const dismissPlain = use(ToastContext)?.dismissPlain;
  useEffect(() => dismissPlain?.(), [dismissPlain]);
}
