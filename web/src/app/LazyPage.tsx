import { WifiOff } from "lucide-react";
import { type JSX, useEffect } from "react";
import { type RetryableLazy, useRetryableLazy } from "../components/retryableLazy";
import { useToast } from "../components/ToastProvider";
import { ErrorState } from "../components/ErrorState";

interface LazyPageProps<Props> {
  page: RetryableLazy<Props>;
  props: Props & JSX.IntrinsicAttributes;
  /** It opens over another page, which stays as it is meanwhile. */
  overAnother?: boolean;
}

const sentence = "The connection may have been lost on the way. We keep trying.";

/** A page, as soon as it has been fetched; until then its place, and a sentence if it takes longer. */
export function LazyPage<Props>({ page, props, overAnother = false }: LazyPageProps<Props>) {
  const toast = useToast();
  const { Component, failures } = useRetryableLazy(page);
  const isLate = !Component && failures > 0;

  useEffect(() => {
    if (isLate && overAnother) toast({ message: `This has not arrived yet. ${sentence}` });
  }, [isLate, overAnother, toast]);

  if (Component) return <Component {...props} />;
  if (overAnother) return null;
  return (
    <main id="content">
      {isLate && (
        <ErrorState
          icon={WifiOff}
          title="This page has not arrived yet"
          sentence={sentence}
          retry={page.fetch}
        />
      )}
    </main>
  );
}
