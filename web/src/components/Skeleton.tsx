import styles from "./Skeleton.module.css";

/** The place of something that is still on its way, in its final size. */
export const Skeleton = ({ className }: { className?: string | undefined }) => (
  <div className={[styles.skeleton, className].filter(Boolean).join(" ")} aria-hidden="true" />
);
