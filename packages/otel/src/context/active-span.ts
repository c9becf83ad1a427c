import { currentFrame } from '@runtape/core/internal'
import { EnclosingSpan, type OtelSpan } from './enclosing-span.ts'
import { isWithin, type RunningSpan } from './running-span.ts'

// Where `@opentelemetry/api` keeps its registrations, and the key of the active span: both stable since 1.0.
const api = Symbol.for('opentelemetry.js.api.1')
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')
/** In a context made here: the traced call in which it was made. */
const callKey = Symbol.for('runtape.otel.call.1')
const patchKey = Symbol.for('runtape.otel.patch.1')

interface OtelContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): OtelContext
}

interface ContextManager {
  active(): OtelContext
  [patchKey]?: Patch
}

interface Patch {
  users: number
  readonly restore: () => void
}

/**
 * Makes the running traced call OpenTelemetry's active span, so that spans which other instrumentations start inside are its
 * children. Without a registered context manager it does nothing.
 */
export class ActiveSpans {
  #manager: ContextManager | undefined

  /** Call it often: the application may register its context manager later. */
  patch(): void {
    const manager = (globalThis as { [api]?: { context?: ContextManager } })[api]?.context
    if (manager === this.#manager) return
    this.release()
    this.#manager = manager
    if (!manager) return
    manager[patchKey] ??= patched(manager)
    manager[patchKey].users++
  }

  release(): void {
    const patch = this.#manager?.[patchKey]
    if (patch && --patch.users === 0) patch.restore()
    this.#manager = undefined
  }
}

function patched(manager: ContextManager): Patch {
  const had = Object.getOwnPropertyDescriptor(manager, 'active')
  const { active } = manager
  const within = () => withCall(active.call(manager))
  manager.active = within
  const restore = () => {
    delete manager[patchKey]
    // Another library may have replaced it after us.
    if (manager.active !== within) return
    if (had) Object.defineProperty(manager, 'active', had)
    else delete (manager as Partial<ContextManager>).active
  }
  return { users: 0, restore }
}

interface Derived {
  readonly from: OtelContext
  readonly context: OtelContext
}

const derived = new WeakMap<RunningSpan, Derived>()

/** The context, with the running call as its span unless an OpenTelemetry span inside the call is active. */
function withCall(context: OtelContext): OtelContext {
  try {
    const frame = currentFrame()
    const call = frame?.span as RunningSpan | undefined
    // A replay's spans, and those of another process, are not exported here.
    if (!call || frame?.replay || 'isElsewhere' in call) return context
    const known = derived.get(call)
    if (known?.from === context) return known.context
    const maker = context.getValue(callKey) as RunningSpan | undefined
    if (maker === call || (maker && !isWithin(call, maker)) || isDroppedCall(call)) return context
    const span = new EnclosingSpan(call, context.getValue(spanKey) as OtelSpan | undefined)
    const inside = context.setValue(spanKey, span).setValue(callKey, call)
    derived.set(call, { from: context, context: inside })
    return inside
  } catch {
    return context
  }
}

// Its span is not exported, so that nothing could be under it.
const isDroppedCall = (call: RunningSpan): boolean => {
  if (!call.root?.drops) return false
  for (let at: RunningSpan | undefined = call; at; at = at.parent) if (at.isDropped) return true
  return false
}
