import { useState } from "react";
import styles from "./PetPicture.module.css";
import type { Species } from "./species";

interface PetPictureProps {
  picture: { url: string; width: number; height: number; placeholder: string };
  species: Species;
  /** Empty if the pet's name is next to the picture. */
  alt?: string;
  /** For the first screen: fetched at once and before the rest. */
  urgent?: boolean;
  /** Uses the picture's aspect ratio instead of a square. */
  whole?: boolean;
  className?: string | undefined;
}

/** The box and the blurred placeholder are there before the picture, so nothing jumps. */
export function PetPicture(props: PetPictureProps) {
  const { picture, species, alt = "", urgent, whole, className } = props;
  // The URL that failed; the one in the next answer may work.
  const [missing, setMissing] = useState<string>();
  return (
    <span
      className={[styles.box, className].filter(Boolean).join(" ")}
      style={{
        backgroundImage: `url("${picture.placeholder}")`,
        ...(whole && { aspectRatio: `${picture.width} / ${picture.height}` }),
      }}
    >
      {missing === picture.url ? (
        <span
          className={`${styles.standIn} ${styles[species]}`}
          {...(alt ? { role: "img", "aria-label": alt } : { "aria-hidden": true })}
        />
      ) : (
        <img
          className={styles.picture}
          src={picture.url}
          width={picture.width}
          height={picture.height}
          alt={alt}
          decoding="async"
          loading={urgent ? "eager" : "lazy"}
          fetchPriority={urgent ? "high" : "auto"}
          onError={() => setMissing(picture.url)}
        />
      )}
    </span>
  );
}
