import type { Attributes } from '../../wire/otel-span.ts'
import { parsed } from './values.ts'

type Node = Map<string, Node | { readonly value: unknown }>

/** Deeper names are not of any dialect. */
const deepest = 12

/**
 * The list in attributes such as `llm.input_messages.0.message.content`, under `llm.input_messages`: here
 * `[{ message: { content } }]`. Only whole numbers below 10,000 are positions.
 */
export function listUnder(attributes: Attributes, prefix: string): unknown[] | undefined {
  const root: Node = new Map()
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(`${prefix}.`)) continue
    const path = name.slice(prefix.length + 1).split('.')
    if (path.length <= deepest && isPosition(path[0] ?? '')) put(root, path, parsed(value ?? null))
  }
  return root.size > 0 ? listOf(root) : undefined
}

/** A name that has a value and parts below it keeps what came first. */
function put(root: Node, path: readonly string[], value: unknown): void {
  let node = root
  for (const part of path.slice(0, -1)) {
    const next = node.get(part) ?? new Map()
    if (!(next instanceof Map)) return
    node.set(part, next)
    node = next
  }
  const last = path.at(-1) ?? ''
  if (!node.has(last)) node.set(last, { value })
}

const isPosition = (name: string): boolean => /^\d{1,4}$/.test(name)

function valueOf(node: Node | { readonly value: unknown }): unknown {
  if (!(node instanceof Map)) return node.value
  if ([...node.keys()].every(isPosition)) return listOf(node)
  return Object.fromEntries([...node].map(([name, below]) => [name, valueOf(below)]))
}

/** In the order of the positions, without gaps. */
const listOf = (node: Node): unknown[] =>
  [...node].sort(([a], [b]) => Number(a) - Number(b)).map(([, below]) => valueOf(below))
