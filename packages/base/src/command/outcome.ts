export const EXIT_SUCCESS = 0
/** Something is wrong with how the command was called. */
export const EXIT_USAGE = 2
/** We failed, not Python (`EX_SOFTWARE` of sysexits.h). */
export const EXIT_FAILURE = 70

/** The caller of the command made a mistake: an option that cannot be, a file that is not there. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
