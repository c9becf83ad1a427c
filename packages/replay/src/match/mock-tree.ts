/** A recorded call as a tree. */
export interface MockTreeNode {
  readonly traceFunctionKey?: string | null
  readonly spanName?: string | null
  readonly sourceSpanId?: string
  readonly output?: unknown
  readonly outputMeta?: unknown
  readonly children?: readonly MockTreeNode[] | null
}

export interface MockTreeEntry {
  readonly sourceSpanId: string | undefined
  readonly output: unknown
  readonly outputMeta: unknown
}

/**
 * Recorded outputs by `key:name:index`, where `index` counts the calls of one key and name in depth-first order. The root is
 * excluded: it is the call that runs. A node without a name counts under its key; a node without a key is skipped, but its
 * children are not. Trees may have any depth.
 *
 * `replay` itself matches by parent and input, which stays correct when calls run concurrently.
 */
export function buildMockTree(root: MockTreeNode): Map<string, MockTreeEntry> {
  const entries = new Map<string, MockTreeEntry>()
  const counts = new Map<string, number>()
  const rest = [...(root.children ?? [])].reverse()
  for (let node = rest.pop(); node; node = rest.pop()) {
    if (node.traceFunctionKey) addEntry(entries, counts, node.traceFunctionKey, node)
    for (const child of [...(node.children ?? [])].reverse()) rest.push(child)
  }
  return entries
}

function addEntry(
  entries: Map<string, MockTreeEntry>,
  counts: Map<string, number>,
  key: string,
  { spanName, sourceSpanId, output, outputMeta }: MockTreeNode,
): void {
  const counted = `${key}:${spanName || key}`
  const index = counts.get(counted) ?? 0
  counts.set(counted, index + 1)
  entries.set(`${counted}:${index}`, { sourceSpanId, output, outputMeta })
}
