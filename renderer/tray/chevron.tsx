/** Says that a line unfolds; turns when it has. */
export const Chevron = () => (
  <svg
    class="chevron"
    width="12"
    height="12"
    viewBox="0 0 12 12"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    aria-hidden="true"
  >
    <path d="M4 2.5 7.5 6 4 9.5" />
  </svg>
);
