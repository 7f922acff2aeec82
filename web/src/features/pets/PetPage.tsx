import { ArrowLeft } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { Link } from "wouter";
import { buttonClass } from "../../components/Button";
import { useFocusOnNavigation } from "../../components/useFocusOnNavigation";
import type { Pet } from "../../graphql/storefrontGraphql";
import styles from "./PetPage.module.css";
import { PetView } from "./PetView";

interface PetPageProps {
  id: string;
  storeName: string | undefined;
  renderActions: (pet: Pet) => ReactNode;
}

/** A pet on its own page, opened by a link from elsewhere. */
export function PetPage({ id, storeName, renderActions }: PetPageProps) {
  const main = useRef<HTMLElement>(null);
  useFocusOnNavigation(main);
  return (
    <main id="content" ref={main} tabIndex={-1} className={styles.page}>
      <Link href="/" className={`${buttonClass("quiet")} ${styles.back}`}>
        <ArrowLeft size={18} aria-hidden="true" />
        All pets
      </Link>
      <div className={styles.frame}>
        <PetView
          id={id}
          level={1}
          storeName={storeName}
          renderActions={renderActions}
          backToShelf={
            <Link href="/" className={buttonClass()}>
              See all pets
            </Link>
          }
        />
      </div>
    </main>
  );
}
