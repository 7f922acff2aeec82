import styles from "./PetPicture.module.css";

interface PetPictureProps {
  picture: { url: string; width: number; height: number; placeholder: string };
  /** Empty where the pet's name stands right beside the picture. */
  alt?: string;
  /** For what is seen first: fetched at once and before the rest. */
  urgent?: boolean;
  /** The box has the picture's own proportions instead of being square. */
  whole?: boolean;
  className?: string | undefined;
}

/** The box and the blurred placeholder are there before the picture, so that nothing jumps. */
export function PetPicture({ picture, alt = "", urgent, whole, className }: PetPictureProps) {
  return (
    <span
      className={[styles.box, className].filter(Boolean).join(" ")}
      style={{
        backgroundImage: `url("${picture.placeholder}")`,
        ...(whole && { aspectRatio: `${picture.width} / ${picture.height}` }),
      }}
    >
      <img
        className={styles.picture}
        src={picture.url}
        width={picture.width}
        height={picture.height}
        alt={alt}
        decoding="async"
        loading={urgent ? "eager" : "lazy"}
        fetchPriority={urgent ? "high" : "auto"}
      />
    </span>
  );
}
