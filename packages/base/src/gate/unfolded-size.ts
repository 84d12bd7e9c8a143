/**
 * How large a graph becomes below the largest of these nodes when what is reached in several ways is counted each time, up
 * to a bound: 30 nodes that each lead twice to the next are a billion. What leads back to itself counts once. Without
 * recursion, in time in proportion to the graph as it is written.
 */
export function unfoldedSize<Node extends object>(
  roots: readonly Node[],
  bound: number,
  below: (node: Node) => readonly Node[],
): number {
  const sizes = new Map<Node, number>()
  const open = new Set<Node>()
  const stack = [...roots]
  while (stack.length > 0) {
    const node = stack[stack.length - 1]
    if (node === undefined || sizes.has(node)) stack.pop()
    else if (open.has(node)) {
      const parts = below(node).map((part) => sizes.get(part) ?? 0)
      sizes.set(node, Math.min(bound + 1, 1 + parts.reduce((sum, size) => sum + size, 0)))
      open.delete(node)
      stack.pop()
    } else {
      open.add(node)
      for (const part of below(node)) if (!sizes.has(part) && !open.has(part)) stack.push(part)
    }
  }
  return [...sizes.values()].reduce((most, size) => Math.max(most, size), 0)
}
