import { useEffect } from "react";

/**
 * Sets the document's title while mounted, and restores the one before. (React's <title> would be
 * added after the one in index.html, and browsers show the first.)
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
