import { useState } from "react";
import { addressOf, type Group } from "./entry";
import styles from "./GalleryIndex.module.css";

const widths = [360, 768, 1440];

/** All entries, next to the selected one at a common screen width. */
export function GalleryIndex({ groups }: { groups: readonly Group[] }) {
  const [width, setWidth] = useState(1440);
  return (
    <main className={styles.gallery}>
      <nav className={styles.index} aria-label="Entries">
        <h1 className={styles.title}>Gallery</h1>
        {groups.map(({ title, entries }) => (
          <section key={title}>
            <h2 className={styles.group}>{title}</h2>
            <ul>
              {entries.map((entry) => (
                <li key={entry.name}>
                  <a
                    className={styles.link}
                    href={addressOf(entry)}
                    target="stage"
                    data-entry={entry.name}
                    data-kind={entry.kind}
                  >
                    {entry.title}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <section className={styles.stage} aria-label="Entry">
        <fieldset className={styles.sizes}>
          <legend className="visually-hidden">Width</legend>
          {widths.map((choice) => (
            <label key={choice}>
              <input
                type="radio"
                name="width"
                checked={choice === width}
                onChange={() => setWidth(choice)}
              />{" "}
              {choice} px
            </label>
          ))}
        </fieldset>
        <iframe className={styles.frame} name="stage" title="Entry" style={{ width }} />
      </section>
    </main>
  );
}
