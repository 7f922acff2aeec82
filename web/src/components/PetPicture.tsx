import { useState } from "react";
import styles from "./PetPicture.module.css";

interface PetPictureProps {
  picture: { url: string; width: number; height: number; placeholder: string };
  species: "CAT" | "DOG" | "FROG";
  /** Empty where the pet's name stands right beside the picture. */
  alt?: string;
  /** For what is seen first: fetched at once and before the rest. */
  urgent?: boolean;
  /** The box has the picture's own proportions instead of being square. */
  whole?: boolean;
  className?: string | undefined;
}

/** The box and the blurred placeholder are there before the picture, so that nothing jumps. */
export function PetPicture(props: PetPictureProps) {
  const { picture, species, alt = "", urgent, whole, className } = props;
  // By its address: the next answer may have one that works.
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
