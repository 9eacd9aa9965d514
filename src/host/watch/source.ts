/** A source of changes: it tells that something happened to what it watches, and never what. Reading is the readers' business. */

export interface Watching {
  stop(): void;
}

/** Called each time that something may have changed. */
export type Touched = () => void;

/** Why something is not watched; it is re-read at the interval instead. `stance doctor` shows it. */
export interface Unwatched {
  readonly what: string;
  readonly why: string;
}
