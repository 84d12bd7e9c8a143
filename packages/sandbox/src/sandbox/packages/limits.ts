/** One wheel, packed. */
export const MAX_WHEEL_BYTES = 2 ** 28
/** All that is fetched for one set of packages. */
export const MAX_FETCH_BYTES = 2 ** 30
/** What an index says of one package. */
export const MAX_INDEX_BYTES = 2 ** 26
/** Packages that one image may have. */
export const MAX_PACKAGES = 500
/** Until the first byte of an answer, and from one piece of it to the next. */
export const REQUEST_SILENCE_MS = 15_000
/** One answer in all: a wheel over a slow line. */
export const REQUEST_MS = 300_000

/** Everything that is asked and fetched for one set of packages. */
export const SEARCH_MS = 900_000

/** The wheels of one set of packages are too much to be fetched. */
export class FetchTooLargeError extends Error {
  constructor() {
    super(`the packages come to more than ${MAX_FETCH_BYTES} bytes`)
  }
}

/** A wheel is larger than any that is taken. */
export class WheelTooLargeError extends Error {
  constructor(bytes: number) {
    super(`it has ${bytes} bytes, at most ${MAX_WHEEL_BYTES} are allowed`)
  }
}
