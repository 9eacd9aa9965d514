/** Text inside of XML. */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const xml = (text) => String(text).replace(/[&<>"]/g, (character) => ENTITIES[character]);
export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
