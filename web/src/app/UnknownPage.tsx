import { Compass } from "lucide-react";
import { useRef } from "react";
import { Link } from "wouter";
import { buttonClass } from "../components/Button";
import { ErrorState } from "../components/ErrorState";
import { useDocumentTitle } from "../components/useDocumentTitle";
import { useFocusOnNavigation } from "../components/useFocusOnNavigation";

/** An address within a store that has no page. */
export function UnknownPage({ storeName }: { storeName: string | undefined }) {
  const main = useRef<HTMLElement>(null);
  useFocusOnNavigation(main);
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
