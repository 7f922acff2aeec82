import { SearchX } from "lucide-react";
import { ErrorState } from "../components/ErrorState";
import { faultIcon } from "../components/faultIcon";
import { SignInPage } from "../features/account/SignInPage";
import { SignInSkeleton } from "../features/account/SignInSkeleton";
import type { NewSession } from "../features/account/signIn";
import { useStorefront } from "../features/account/useStorefront";
import { describeFault } from "../graphql/faultWording";
import { loadingFault } from "../graphql/queryClient";
import { ClosedStore } from "./ClosedStore";
import { useAccent } from "./useAccent";

interface SignedOutStoreProps {
  slug: string;
  notice: string | undefined;
  lastEmail: string | undefined;
  onSignedIn: (session: NewSession) => void;
}

export function SignedOutStore({ slug, notice, lastEmail, onSignedIn }: SignedOutStoreProps) {
  const storefront = useStorefront(slug);
  const store = storefront.data;
  const fault = loadingFault(storefront);
  useAccent(store?.accent);

  if (store?.open) {
    return (
      <SignInPage
        slug={slug}
        store={store}
        notice={notice}
        lastEmail={lastEmail}
        onSignedIn={onSignedIn}
      />
    );
  }
  if (store === undefined && !fault) return <SignInSkeleton />;
  return (
    <main id="content">
      {store ? (
        <ClosedStore name={store.name} retry={() => void storefront.refetch()} />
      ) : store === null ? (
        <ErrorState
          icon={SearchX}
          title="We can't find this store"
          sentence="There is no store at this address. Please check it, or ask whoever gave it to you."
        />
      ) : (
        fault && (
          <ErrorState
            icon={faultIcon(fault.kind)}
            {...describeFault(fault)}
            retry={() => void storefront.refetch()}
          />
        )
      )}
    </main>
  );
}
