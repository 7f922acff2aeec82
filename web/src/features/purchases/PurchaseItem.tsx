import { Link } from "wouter";
import { PetPicture } from "../../components/PetPicture";
import { factWords } from "../../components/petWords";
import type { Purchase } from "../../graphql/storefrontGraphql";
import styles from "./PurchaseItem.module.css";

const moment = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

export const PurchaseItem = ({ purchase }: { purchase: Purchase }) => (
  <li className={styles.purchase}>
    <h2 className={styles.when}>
      <time dateTime={purchase.purchasedAt}>{moment.format(new Date(purchase.purchasedAt))}</time>
    </h2>
    <ul className={styles.pets}>
      {purchase.pets.map((pet) => (
        <li key={pet.id} className={styles.pet}>
          <PetPicture picture={pet.picture} species={pet.species} className={styles.picture} />
          <div className={styles.words}>
            <Link href={`/pets/${pet.id}`} className={styles.name} dir="auto">
              {pet.name}
            </Link>
            <p className={styles.facts}>{factWords(pet)}</p>
          </div>
        </li>
      ))}
    </ul>
  </li>
);
