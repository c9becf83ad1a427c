import type { Kind } from './kind.ts'

const viewNames = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
]

/** Buffers and views of them. Two views of one buffer come back with a buffer each. */
export const bytes: Kind = {
  name: 'bytes',
  write: (value: ArrayBuffer | ArrayBufferView, inside) => {
    const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(value) ? value : new Uint8Array(value)
    inside.grow(byteLength * 1.4)
    if (buffer instanceof ArrayBuffer && buffer.detached) throw new TypeError('its buffer is detached')
    return { json: Buffer.from(buffer, byteOffset, byteLength).toString('base64'), detail: bytesClass(value) }
  },
  read: (json, detail) => ({ value: readBytes(Buffer.from(json as string, 'base64'), detail as string) }),
}

function bytesClass(value: ArrayBuffer | ArrayBufferView): string {
  if (Buffer.isBuffer(value)) return 'Buffer'
  return Object.prototype.toString.call(value).slice(8, -1)
}

function readBytes(raw: Buffer, name: string): unknown {
  if (name === 'Buffer') return raw
  // A copy of its own: a view must start at a multiple of its element's size, and Buffer's pool does not.
  const { buffer } = new Uint8Array(raw)
  if (!viewNames.includes(name)) return buffer
  const View = (globalThis as unknown as Record<string, new (of: ArrayBuffer) => unknown>)[name]
  return View === undefined ? buffer : new View(buffer)
}
