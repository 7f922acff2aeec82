import { useId } from "react";
import { Page } from "../../components/Page";
import { Skeleton } from "../../components/Skeleton";
import styles from "./AccountPage.module.css";
import { ChangePasswordForm } from "./ChangePasswordForm";
import { SignOutEverywhere } from "./SignOutEverywhere";
import type { NewSession } from "./signIn";

export interface AccountPageProps {
  storeName: string | undefined;
  customer: { name: string; email: string } | undefined;
  onRenewed: (session: NewSession) => void;
  onSignedOutEverywhere: () => void;
}

export function AccountPage(props: AccountPageProps) {
  const { storeName, customer, onRenewed, onSignedOutEverywhere } = props;
  const id = useId();
  return (
    <Page heading="Your account" storeName={storeName} narrow>
      <div className={styles.sections}>
        <dl className={styles.section}>
          <dt className={styles.term}>Name</dt>
          <dd>{customer?.name ?? <Skeleton className={styles.waiting} />}</dd>
          <dt className={styles.term}>Email</dt>
          <dd>{customer?.email ?? <Skeleton className={styles.waiting} />}</dd>
        </dl>
        <section className={styles.section} aria-labelledby={`${id}-password`}>
          <h2 id={`${id}-password`} className={styles.heading}>
            Password
          </h2>
          <ChangePasswordForm email={customer?.email} onRenewed={onRenewed} />
        </section>
        <section className={styles.section} aria-labelledby={`${id}-sessions`}>
          <h2 id={`${id}-sessions`} className={styles.heading}>
            Sessions
          </h2>
          <SignOutEverywhere onSignedOut={onSignedOutEverywhere} />
        </section>
      </div>
    </Page>
  );
}
