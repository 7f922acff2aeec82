import * as Primitive from "@radix-ui/react-dialog";
import { X } from "lucide-react";
import { type CSSProperties, type ReactNode, useLayoutEffect, useRef } from "react";
import styles from "./Dialog.module.css";
import { useDismissPlainToasts, useRoomForToasts } from "./ToastProvider";

interface DialogProps {
  title: string;
  /** For content with a visible heading of its own. */
  titleHidden?: boolean;
  size?: "small" | "large";
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, titleHidden, size = "small", onClose, children }: DialogProps) {
  const openedFrom = useRef<HTMLElement | null>(null);
  useDismissPlainToasts();

  const stage = useRef<HTMLDivElement>(null);
  const room = useRoomForToasts();
  const roomBefore = useRef(room);
  useLayoutEffect(() => {
    // What the customer is reading stays in place; they scroll back to the start.
    stage.current?.scrollBy(0, room - roomBefore.current);
    roomBefore.current = room;
  }, [room]);

  return (
    <Primitive.Root open onOpenChange={(open) => open || onClose()}>
      <Primitive.Portal>
        {/* Radix's overlay locks scrolling with a style element, which the CSP forbids;
            data-stops-scrolling does it in base.css. */}
        <div className={styles.backdrop} data-stops-scrolling="" />
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
              // Not on the first button, which may buy: the key that opened it may still be down.
              if (size === "large") {
                event.preventDefault();
                if (event.target instanceof HTMLElement) event.target.focus();
              }
            }}
            onCloseAutoFocus={(event) => {
              // There is no Radix trigger to return the focus to: restore it, or focus the page's
              // heading if the element is gone.
              event.preventDefault();
              const from = openedFrom.current;
              const isThere = from?.isConnected && from !== document.body;
              (isThere ? from : document.querySelector("h1"))?.focus({ preventScroll: true });
            }}
          >
            <div className={styles.body}>
              {titleHidden ? (
                // Only names the dialog: a second heading with the same text would be noise.
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
