import { Compass } from "lucide-react";
import { useRef } from "react";
import { Link } from "wouter";
import { buttonClass } from "../components/Button";
import { ErrorState } from "../components/ErrorState";
import { useArrivalFocus } from "../components/useArrivalFocus";
import { useDocumentTitle } from "../components/useDocumentTitle";

/** An address within a store that leads nowhere. */
export function UnknownPage({ storeName }: { storeName: string | undefined }) {
  const main = useRef<HTMLElement>(null);
  useArrivalFocus(main);
  useDocumentTitle("Unknown page", storeName);
  return (
    <main id="content" ref={main} tabIndex={-1}>
      <ErrorState
        icon={Compass}
        title="There is no page here"
        sentence="The address may have been mistyped, or the page has moved."
      >
        <Link href="/" className={buttonClass()}>
          See all pets
        </Link>
      </ErrorState>
    </main>
  );
}
