import { useEffect, useEffectEvent, useRef } from "react";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { formatNumber } from "../../components/petWords";
import { faultSentence } from "../../graphql/faultWording";
import type { TransportFault } from "../../graphql/transportFault";
import styles from "./MorePets.module.css";

interface MorePetsProps {
  shownCount: number;
  totalCount: number;
  loading: boolean;
  fault: TransportFault | null;
  load: () => Promise<unknown>;
  /** The next page was requested by the button, not by scrolling. */
  onPress: () => void;
}

/** Requests the next page this far below the screen, so that the end is rarely seen. */
const lookAhead = "900px";

export function MorePets(props: MorePetsProps) {
  const { shownCount, totalCount, loading, fault, load, onPress } = props;
  const end = useRef<HTMLDivElement>(null);
  const reachEnd = useEffectEvent(() => {
    if (!loading && !fault) void load();
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new observer after every page, because the end may still be in view
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        // A busy page gets several entries at once, the latest last.
        if (entries.at(-1)?.isIntersecting) reachEnd();
      },
      { rootMargin: lookAhead },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [shownCount]);

  return (
    <div ref={end} className={styles.more}>
      {fault && <Notice tone="bad">{faultSentence(fault)}</Notice>}
      <p className={styles.count}>
        Showing {formatNumber(shownCount)} of {formatNumber(totalCount)}
      </p>
      <Button
        look="outlined"
        busy={loading}
        onClick={() => {
          onPress();
          void load();
        }}
      >
        {loading ? "Loading more pets" : fault ? "Try again" : "Show more pets"}
      </Button>
    </div>
  );
}
