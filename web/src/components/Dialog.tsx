import * as Primitive from "@radix-ui/react-dialog";
import { X } from "lucide-react";
import { type CSSProperties, type ReactNode, useLayoutEffect, useRef } from "react";
import styles from "./Dialog.module.css";
import { useGoodNewsCleared, useRoomForToasts } from "./ToastProvider";

interface DialogProps {
  title: string;
  /** For a dialog whose content has the heading in plain sight. */
  titleHidden?: boolean;
  size?: "small" | "large";
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, titleHidden, size = "small", onClose, children }: DialogProps) {
  const openedFrom = useRef<HTMLElement | null>(null);
  useGoodNewsCleared();

  const stage = useRef<HTMLDivElement>(null);
  const room = useRoomForToasts();
  const roomBefore = useRef(room);
  useLayoutEffect(() => {
    // What one is reading stays where it is; its beginning is found by scrolling back.
    stage.current?.scrollBy(0, room - roomBefore.current);
    roomBefore.current = room;
  }, [room]);

  return (
    <Primitive.Root open onOpenChange={(open) => open || onClose()}>
      <Primitive.Portal>
        {/* The primitive's own overlay stops scrolling by a style element, which the policy forbids;
            data-stops-scrolling does it in base.css. */}
        <div className={styles.veil} data-stops-scrolling="" />
        <div
          ref={stage}
          className={styles.stage}
          style={{ "--room-for-toasts": `${room}px` } as CSSProperties}
        >
          <Primitive.Content
            className={`${styles.content} ${styles[size]}`}
            aria-describedby={undefined}
            onOpenAutoFocus={(event) => {
              const { activeElement } = document;
              openedFrom.current = activeElement instanceof HTMLElement ? activeElement : null;
              // Not on its first button, which may buy: the key that opened it may still be held down.
              if (size === "large") {
                event.preventDefault();
                if (event.target instanceof HTMLElement) event.target.focus();
              }
            }}
            onCloseAutoFocus={(event) => {
              // The primitive knows only a trigger of its own, and there is none: go back to where
              // the focus was, or to the page's heading if that is gone.
              event.preventDefault();
              const from = openedFrom.current;
              const isThere = from?.isConnected && from !== document.body;
              (isThere ? from : document.querySelector("h1"))?.focus({ preventScroll: true });
            }}
          >
            <div className={styles.body}>
              {titleHidden ? (
                // Names the dialog alone: a second heading with the same words would only be in the way.
                <Primitive.Title asChild>
                  <p className="visually-hidden">{title}</p>
                </Primitive.Title>
              ) : (
                <Primitive.Title className={styles.title}>{title}</Primitive.Title>
              )}
              {children}
            </div>
            <Primitive.Close className={styles.close} aria-label="Close">
              <X size={20} aria-hidden="true" />
            </Primitive.Close>
          </Primitive.Content>
        </div>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
