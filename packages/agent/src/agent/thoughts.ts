/** A message without what its model thought first: that is neither code to run nor part of an answer. */
export function withoutThoughts(message: string): string {
  const opened = /^\s*<(think|thinking)>/i.exec(message)
  if (opened !== null) {
    const mark = `</${opened[1]}>`
    const end = message.indexOf(mark, opened[0].length)
    return end < 0 ? '' : message.slice(end + mark.length)
  }
  if (message.includes('<think>')) return message
  // Some endpoints put the first mark into the question, so that the answer has the last one alone.
  const ended = /^<\/think>[ \t]*$/m.exec(message)
  return ended === null ? message : message.slice(ended.index + ended[0].length)
}
