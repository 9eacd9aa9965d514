/** What is said to people, in the languages that Stance speaks. */

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One sentence in every language: they stand side by side, so that none is forgotten when it changes. */
export type Words = { readonly [L in Language]: string };

/** The language for a BCP 47 tag (`de-AT`) or a POSIX locale (`de_AT.UTF-8`): English where Stance does not speak it. */
export function languageOf(locale: string | undefined): Language {
  const primary = locale?.split(/[-_.@]/)[0]?.toLowerCase();
  return LANGUAGES.find((language) => language === primary) ?? 'en';
}
