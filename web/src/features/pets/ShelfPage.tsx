import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef } from "react";
import { useLocation } from "wouter";
import { ErrorState } from "../../components/ErrorState";
import { faultIcon } from "../../components/faultIcon";
import { Page } from "../../components/Page";
import { countWords } from "../../components/petWords";
import { speciesNames } from "../../components/species";
import { useGoneCount } from "../../graphql/availability";
import { describeFault } from "../../graphql/faultWording";
import { loadingFault } from "../../graphql/queryClient";
import type { Pet } from "../../graphql/storefrontGraphql";
import { EmptyShelf } from "./EmptyShelf";
import { MorePets } from "./MorePets";
import { NewPets } from "./NewPets";
import { PetGrid, PetGridSkeleton } from "./PetGrid";
import styles from "./ShelfPage.module.css";
import { ShelfToolbar } from "./ShelfToolbar";
import { SortSelect } from "./SortSelect";
import { useShelf } from "./shelf";
import { readShelfFilter, type ShelfFilter, writeShelfFilter } from "./shelfFilter";
import { countOf, useSpeciesCounts } from "./speciesCounts";

interface ShelfPageProps {
  /** The shelf's query string, even while a pet is shown over it. */
  query: string;
  storeName: string | undefined;
  welcome: string | undefined;
  description: string | undefined;
  renderActions: (pet: Pet) => ReactNode;
  /** How many pets were listed since the shelf was loaded. */
  listedCount: number;
  onShowListed: () => void;
}

export function ShelfPage(props: ShelfPageProps) {
  const { query, storeName, welcome, description, renderActions, listedCount, onShowListed } =
    props;
  const [, navigate] = useLocation();
  const filter = readShelfFilter(query);
  // Renders the pressed chip before the shelf, which takes longer.
  const shownQuery = useDeferredValue(query);
  const shelf = useShelf(readShelfFilter(shownQuery));
  const counts = useSpeciesCounts(filter.search);
  const grid = useRef<HTMLDivElement>(null);

  const pages = shelf.data?.pages;
  const pets = useMemo(() => pages?.flatMap((page) => page.nodes) ?? [], [pages]);
  const goneCount = useGoneCount(pets);
  // The counts are kept up to date; the shelf's own total is as old as its first page.
  const totalCount =
    (counts.isPlaceholderData ? undefined : countOf(counts.data, filter.species)) ??
    pages?.[0]?.totalCount ??
    0;
  const fault = loadingFault(shelf);

  // After the button, unlike after scrolling, the focus moves to the first new card.
  const firstNewCard = useRef<number | null>(null);
  useEffect(() => {
    if (firstNewCard.current === null || pets.length <= firstNewCard.current) return;
    grid.current
      ?.querySelector<HTMLElement>(`a[href$="${pets[firstNewCard.current]?.id}"]`)
      ?.focus();
    firstNewCard.current = null;
  }, [pets]);

  const change = (changes: Partial<ShelfFilter>) => {
    const address = writeShelfFilter({ ...filter, ...changes });
    // Otherwise every keystroke in the search would add a history entry.
    navigate(address ? `/?${address}` : "/", { replace: changes.search !== undefined });
  };

  return (
    <Page
      heading="Meet our pets"
      storeName={storeName}
      lead={welcome || description}
      leadIsBrief={!welcome}
    >
      <ShelfToolbar
        filter={filter}
        counts={counts.isLoadingError ? null : counts.data}
        onChange={change}
      />
      <div className={styles.status}>
        <p role="status" className={styles.count}>
          {shelf.data &&
            countWords(totalCount, filter.species ? speciesNames[filter.species].one : "pet")}
        </p>
        <SortSelect sort={filter.sort} onSort={(sort) => change({ sort })} />
      </div>
      <NewPets count={listedCount} onShow={onShowListed} />
      {fault ? (
        <ErrorState
          level={2}
          icon={faultIcon(fault.kind)}
          {...describeFault(fault)}
          retry={() => void shelf.refetch()}
        />
      ) : !shelf.data ? (
        <PetGridSkeleton />
      ) : pets.length === 0 ? (
        <EmptyShelf
          filter={filter}
          totalCount={countOf(counts.data, null) ?? 0}
          onChange={change}
        />
      ) : (
        <PetGrid
          key={shownQuery}
          ref={grid}
          pets={pets}
          shelfQuery={shownQuery}
          renderActions={renderActions}
        />
      )}
      {shelf.hasNextPage && (
        <MorePets
          shownCount={pets.length - goneCount}
          totalCount={totalCount}
          loading={shelf.isFetchingNextPage}
          fault={shelf.isFetchNextPageError ? shelf.error : null}
          load={shelf.fetchNextPage}
          onPress={() => {
            firstNewCard.current = pets.length;
          }}
        />
      )}
    </Page>
  );
}
