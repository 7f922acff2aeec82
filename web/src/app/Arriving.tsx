import { WifiOff } from "lucide-react";
import { type JSX, useEffect } from "react";
import { type Part, usePart } from "../components/part";
import { useToast } from "../components/ToastProvider";
import { Trouble } from "../components/Trouble";

interface ArrivingProps<Props> {
  part: Part<Props>;
  props: Props & JSX.IntrinsicAttributes;
  /** It opens over another page, which stays as it is meanwhile. */
  overAnother?: boolean;
}

const sentence = "The connection may have been lost on the way. We keep trying.";

/** A page, as soon as it has been fetched; until then its place, and a sentence if it takes longer. */
export function Arriving<Props>({ part, props, overAnother = false }: ArrivingProps<Props>) {
  const toast = useToast();
  const { Component, failures } = usePart(part);
  const isLate = !Component && failures > 0;

  useEffect(() => {
    if (isLate && overAnother) toast({ message: `This has not arrived yet. ${sentence}` });
  }, [isLate, overAnother, toast]);

  if (Component) return <Component {...props} />;
  if (overAnother) return null;
  return (
    <main id="content">
      {isLate && (
        <Trouble
          icon={WifiOff}
          title="This page has not arrived yet"
          sentence={sentence}
          retry={part.fetch}
        />
      )}
    </main>
  );
}
