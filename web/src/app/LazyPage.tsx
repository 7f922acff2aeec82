import { WifiOff } from "lucide-react";
import { type JSX, useEffect } from "react";
import { ErrorState } from "../components/ErrorState";
import { type RetryableLazy, useRetryableLazy } from "../components/retryableLazy";
import { useToast } from "../components/ToastProvider";

interface LazyPageProps<Props> {
  page: RetryableLazy<Props>;
  props: Props & JSX.IntrinsicAttributes;
  /** Opens over another page, which stays visible meanwhile. */
  overlay?: boolean;
}

const sentence = "Your connection may have dropped. We'll keep trying.";

/** A retryable lazy page: empty while loading, an error state once fetching has failed. */
export function LazyPage<Props>({ page, props, overlay = false }: LazyPageProps<Props>) {
  const toast = useToast();
  const { Component, failures } = useRetryableLazy(page);
  const isLate = !Component && failures > 0;

  useEffect(() => {
    if (isLate && overlay) toast({ message: `This hasn't loaded yet. ${sentence}` });
  }, [isLate, overlay, toast]);

  if (Component) return <Component {...props} />;
  if (overlay) return null;
  return (
    <main id="content">
      {isLate && (
        <ErrorState
          icon={WifiOff}
          title="This page hasn't loaded yet"
          sentence={sentence}
          retry={page.fetch}
        />
      )}
    </main>
  );
}
