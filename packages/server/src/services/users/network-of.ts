/**
 * What counts as one place: an IPv4 address, of an IPv6 address its network, where everybody has 2^64 of them. The
 * address is in its canonical spelling.
 */
export function networkOf(place: string): string {
  if (!place.includes(':')) return place
  const [head = '', tail = ''] = place.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return [...front, ...zeros, ...back].slice(0, 4).join(':')
}
