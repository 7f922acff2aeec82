import { Link } from "wouter";
import { Button, buttonClass } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { ErrorState } from "../../components/ErrorState";
import { faultIcon } from "../../components/faultIcon";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { PetRowSkeleton } from "../../components/PetRowSkeleton";
import { Skeleton } from "../../components/Skeleton";
import { describeFault, faultSentence } from "../../graphql/faultWording";
import { loadingFault } from "../../graphql/queryClient";
import { PurchaseItem } from "./PurchaseItem";
import styles from "./PurchasesPage.module.css";
import { usePurchases } from "./purchases";

export function PurchasesPage({ storeName }: { storeName: string | undefined }) {
  const purchases = usePurchases();
  const fault = loadingFault(purchases);
  const items = purchases.data?.pages.flatMap((page) => page.nodes) ?? [];

  return (
    <Page heading="My pets" storeName={storeName} narrow>
      {fault ? (
        <ErrorState
          level={2}
          icon={faultIcon(fault.kind)}
          {...describeFault(fault)}
          retry={() => void purchases.refetch()}
        />
      ) : !purchases.data ? (
        <div className={styles.purchases}>
          <p className="visually-hidden" role="status">
            Loading your pets
          </p>
          <div className={styles.waiting} aria-hidden="true">
            <Skeleton className={styles.waitingMoment} />
            <PetRowSkeleton />
          </div>
        </div>
      ) : items.length === 0 ? (
        <EmptyState title="No pet has moved in with you yet.">
          <Link href="/" className={buttonClass("tinted")}>
            Meet our pets
          </Link>
        </EmptyState>
      ) : (
        <ol className={styles.purchases} aria-label="Purchases, newest first">
          {items.map((purchase) => (
            <PurchaseItem key={purchase.id} purchase={purchase} />
          ))}
        </ol>
      )}
      {purchases.hasNextPage && (
        <div className={styles.more}>
          {purchases.isFetchNextPageError && (
            <Notice tone="bad">{purchases.error && faultSentence(purchases.error)}</Notice>
          )}
          <Button
            look="outlined"
            busy={purchases.isFetchingNextPage}
            onClick={() => void purchases.fetchNextPage()}
          >
            Show older purchases
          </Button>
        </div>
      )}
    </Page>
  );
}
