/** Longest document, as text and as JSON. */
export const MAX_DOCUMENT_CHARS = 2 ** 20
/** Longest list of what can be called, as JSON: what schemas refer to is written out for each operation. */
export const MAX_OPERATIONS_CHARS = 2 ** 22
/** Deepest nesting of a document. */
export const MAX_DEPTH = 100
/** Most problems that are told. */
export const MAX_PROBLEMS = 50
/** Objects and lists of a document whose references are followed, however often they lead to the same one. */
export const MAX_UNFOLDED = 1_000_000
/** Longest reading of a document, in milliseconds: then its process is killed. */
export const READ_MS = 10_000
