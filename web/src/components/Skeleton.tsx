import styles from "./Skeleton.module.css";

/** The shape of something that is loading, in its final size. */
export const Skeleton = ({ className }: { className?: string | undefined }) => (
  <div className={[styles.skeleton, className].filter(Boolean).join(" ")} aria-hidden="true" />
);
