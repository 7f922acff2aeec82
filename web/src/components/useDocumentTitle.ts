import { useEffect } from "react";

/**
 * The document's title while this is shown; what lies under it gets its own back. (React's <title>
 * would be added behind the one in index.html, and browsers show the first.)
 */
export function useDocumentTitle(subject: string, storeName: string | undefined): void {
  useEffect(() => {
    const before = document.title;
    document.title = storeName ? `${subject} · ${storeName}` : subject;
    return () => {
      document.title = before;
    };
  }, [subject, storeName]);
}
