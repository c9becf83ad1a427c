import type { Payload, PayloadMark } from '@runtape/core'
import { kindNamed, setField } from './kinds.ts'

/** The marks of a payload as a tree, so that only marked places are visited. */
interface Node {
  readonly children: Map<string | number, Node>
  mark?: PayloadMark
  /** Set when another place refers to this one: its value, once it is made. */
  value?: unknown
}

/** Makes the captured value again. What was lossy comes back as its readable stand-in. */
export function decodeValue(payload: Payload): unknown {
  const json: unknown = JSON.parse(payload.json)
  if (payload.meta === undefined) return json
  const root = markTree(payload.meta)
  return revive(json, root, root)
}

function markTree(marks: readonly PayloadMark[]): Node {
  const root: Node = { children: new Map() }
  for (const mark of marks) {
    nodeAt(root, mark[0]).mark = mark
    // Visited too, so that its value is known when the reference is reached.
    if (mark[1] === 'ref') nodeAt(root, mark[2] as PayloadMark[0])
  }
  return root
}

function nodeAt(root: Node, path: PayloadMark[0]): Node {
  let node = root
  for (const step of path) {
    const next: Node = node.children.get(step) ?? { children: new Map() }
    node.children.set(step, next)
    node = next
  }
  return node
}

function revive(json: unknown, node: Node, root: Node): unknown {
  const [, type, detail] = node.mark ?? []
  if (type === 'ref') return nodeAt(root, detail as PayloadMark[0]).value
  const scalar = reviveScalar(json, type)
  if (scalar) return scalar.value
  const reviveChild = (key: string | number) => {
    const inner = (json as Record<string | number, unknown>)[key]
    const child = node.children.get(key)
    return child ? revive(inner, child, root) : inner
  }
  const kind = type === undefined ? undefined : kindNamed(type)
  if (!kind) return reviveContainer(json, node, reviveChild)
  const { value, fill } = kind.read(json, detail, reviveChild)
  node.value = value
  fill?.()
  return value
}

function reviveScalar(json: unknown, type: string | undefined): { value: unknown } | undefined {
  if (type === 'undefined') return { value: undefined }
  if (type === 'number') return { value: Number(json) }
  if (type === 'bigint') return { value: BigInt(json as string) }
  if (type === 'symbol') return { value: Symbol.for(json as string) }
  return undefined
}

function reviveContainer(json: unknown, node: Node, reviveChild: (key: string | number) => unknown): unknown {
  node.value = json
  if (typeof json !== 'object' || json === null) return json
  if (node.mark?.[1] === 'null-prototype') Object.setPrototypeOf(json, null)
  for (const key of node.children.keys()) setField(json, key, reviveChild(key))
  if (node.mark?.[1] === 'holes')
    for (const hole of node.mark[2] as number[]) delete (json as unknown[])[hole]
  return json
}
