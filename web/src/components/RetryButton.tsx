import { useEffect, useState } from "react";
import { Button } from "./Button";
import styles from "./RetryButton.module.css";

interface RetryButtonProps {
  retry: () => void;
  /** Retrying earlier would fail. */
  retryAt?: Date | undefined;
}

const secondsUntil = (moment: Date | undefined) =>
  moment ? Math.max(0, Math.ceil((moment.getTime() - Date.now()) / 1000)) : 0;

export function RetryButton({ retry, retryAt }: RetryButtonProps) {
  const [seconds, setSeconds] = useState(() => secondsUntil(retryAt));

  useEffect(() => {
    setSeconds(secondsUntil(retryAt));
    if (!retryAt) return;
    const timer = window.setInterval(() => setSeconds(secondsUntil(retryAt)), 1000);
    return () => window.clearInterval(timer);
  }, [retryAt]);

  const waiting = seconds > 0;
  return (
    <Button aria-disabled={waiting || undefined} onClick={() => waiting || retry()}>
      <span className={styles.words}>
        Try again
        {waiting && (
          // Announced every second, it would drown out everything else; the sentence has the time.
          <span aria-hidden="true">
            {" "}
            in {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
          </span>
        )}
      </span>
    </Button>
  );
}
