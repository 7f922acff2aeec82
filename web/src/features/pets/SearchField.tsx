import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import styles from "./SearchField.module.css";

interface SearchFieldProps {
  search: string;
  onSearch: (search: string) => void;
}

/** Long enough to type a word, short enough to feel instant. */
const typingPause = 250;

export function SearchField({ search, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(search);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<number>(undefined);
  const sent = useRef(search);

  // The address may change without the field: by going back, or by another clear button.
  useEffect(() => {
    if (search === sent.current) return;
    sent.current = search;
    setText(search);
  }, [search]);

  useEffect(() => () => window.clearTimeout(timer.current), []);

  const submit = (value: string) => {
    window.clearTimeout(timer.current);
    sent.current = value.trim();
    onSearch(sent.current);
  };

  return (
    <search className={styles.search}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit(text);
        }}
      >
        <Search className={styles.icon} size={18} aria-hidden="true" />
        <input
          ref={input}
          className={styles.input}
          type="search"
          name="search"
          aria-label="Search pets"
          placeholder="Search pets"
          autoComplete="off"
          enterKeyHint="search"
          maxLength={100}
          value={text}
          onChange={(event) => {
            const { value } = event.target;
            setText(value);
            window.clearTimeout(timer.current);
            timer.current = window.setTimeout(() => submit(value), typingPause);
          }}
        />
        {text && (
          <button
            type="button"
            className={styles.clear}
            aria-label="Clear search"
            onClick={() => {
              setText("");
              submit("");
              input.current?.focus();
            }}
          >
            <X size={18} aria-hidden="true" />
          </button>
        )}
      </form>
    </search>
  );
}
